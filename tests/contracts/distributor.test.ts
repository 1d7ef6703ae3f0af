import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execFileSync } from "node:child_process"
import { Layer } from "effect"
import { XMLValidator } from "fast-xml-parser"
import { afterAll, assert } from "vitest"
import { folderDistributor, sandboxDistributor, startSandboxStores } from "@veza/adapters/distributor"
import { memoryAdapters } from "@veza/adapters/memory"
import { distributorContract, secret } from "./distributor.contract.ts"

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
