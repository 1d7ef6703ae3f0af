import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execFileSync } from "node:child_process"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { XMLValidator } from "fast-xml-parser"
import { Distributor } from "@veza/domain/distribution"
import { folderDistributor, sandboxDistributor, startSandboxStores } from "@veza/adapters/distributor"
import { memoryAdapters } from "@veza/adapters/memory"
import { distributorContract, newMessage, secret } from "./distributor.contract.ts"

const home = mkdtempSync(join(tmpdir(), "veza-distributor-"))
const sender = "PADPIDA0000000000X"
const upc = "036000291452"
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** What lies in the folder of a delivery, as whoever takes it on finds it: its check sums fit, and its XML is well-formed. */
const inFolder = (id: string) => {
  const folder = join(home, "ddex/deezer", id)
  const message = join(folder, upc)
  execFileSync("sha256sum", ["--check", "--strict", "--status", "checksums.sha256"], { cwd: message })
  execFileSync("md5sum", ["--check", "--strict", "--status", "checksums.md5"], { cwd: message })
  for (const file of [join(message, `${upc}.xml`), join(folder, `BatchComplete_${id}.xml`)]) {
    assert.isTrue(XMLValidator.validate(readFileSync(file, "utf8")))
  }
  return Promise.resolve({ times: 1, sound: readFileSync(join(message, `resources/${upc}_01_001.flac`)) })
}

describe("batch folders", () => {
  const layer = folderDistributor({ root: join(home, "taken"), sender, secret }).pipe(
    Layer.provideMerge(memoryAdapters)
  )
  const delivered = () =>
    readdirSync(join(home, "taken/deezer")).filter((name) => name !== ".veza" && !name.startsWith("elsewhere"))

  it.effect("have a batch once, however many workers make it, and never again when it was taken away", () =>
    Effect.gen(function* () {
      const distributor = yield* Distributor
      const message = yield* newMessage()
      const { platform, deliveryId } = message
      yield* Effect.all(
        Array.from({ length: 5 }, () => distributor.deliver(message)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(delivered(), [deliveryId])
      assert.deepStrictEqual(readdirSync(join(home, "taken/deezer/.veza/making")), [])
      // Whoever takes batches to the store moves them away.
      renameSync(join(home, "taken/deezer", deliveryId), join(home, "taken/deezer", `elsewhere-${deliveryId}`))
      assert.isTrue(Option.isSome(yield* distributor.status(platform, deliveryId)))
      yield* distributor.deliver(message)
      assert.deepStrictEqual(delivered(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("put there what a killed worker had only noted", () =>
    Effect.gen(function* () {
      const distributor = yield* Distributor
      const message = yield* newMessage()
      const { platform, deliveryId } = message
      yield* distributor.deliver(message)
      const store = join(home, "taken/deezer")
      const attempt = readFileSync(join(store, ".veza/sent", deliveryId), "utf8")
      renameSync(join(store, deliveryId), join(store, ".veza/making", attempt))
      assert.isTrue(Option.isSome(yield* distributor.status(platform, deliveryId)))
      assert.deepStrictEqual(delivered(), [deliveryId])
    }).pipe(Effect.provide(layer))
  )
})

distributorContract(
  "batch folders",
  folderDistributor({ root: join(home, "ddex"), sender, secret }).pipe(Layer.provideMerge(memoryAdapters)),
  inFolder
)

const stores = await startSandboxStores({ port: 0, secret, callbackUrl: "http://127.0.0.1:9", delay: 3_600_000 })
afterAll(() => stores.close())

distributorContract(
  "sandbox stores",
  sandboxDistributor({ url: stores.url, secret, sender, workFolder: join(home, "batches") }).pipe(
    Layer.provideMerge(memoryAdapters)
  ),
  (id) => Promise.resolve({ times: stores.stores.deezer.find(id)?.posts ?? 0 })
)
