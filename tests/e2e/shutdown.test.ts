import { createHash } from "node:crypto"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { Agent, get, type IncomingMessage } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { makeAudio, wavHead } from "../support/product/audio.ts"
import { runToEnd } from "../support/product/process.ts"
import { dataOf } from "../support/product/session.ts"
import { readyTrack, SlowUpload, uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct, testSettings } from "../support/product.ts"
import { programs } from "../support/programs.ts"

let product: Product
let creator: Account
let song: Buffer
let url: URL

beforeAll(async () => {
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false" } })
  creator = await signUpCreator(product)
  // More than all buffers between server and client hold together.
  song = await readFile(await makeAudio({ folder: product.home, format: "wav", seconds: 180 }))
  const { id } = await uploadReady(creator.byToken, "Long", { name: "long.wav", bytes: song })
  url = new URL(`/api/v1/tracks/${id}/stream`, product.url)
})
afterAll(() => product.stop())

const agent = new Agent({ keepAlive: true })

/** Begins to listen and stops after the first bytes, on a connection that is kept alive. */
const beginToListen = async (): Promise<IncomingMessage> => {
  const [response] = await once(get(url, { agent }), "response")
  response.pause()
  return response
}

const restOf = async (response: IncomingMessage): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const ready = () =>
  fetch(new URL("/readyz", product.url)).then(
    ({ status }) => status,
    () => 0
  )

describe("SIGTERM", () => {
  it("takes nothing new, lets a stream and an upload end whole, and exits 0", async () => {
    const listening = await beginToListen()
    const sending = new SlowUpload(creator.byToken, "late.wav")
    await sending.send(wavHead(300_000))
    await sending.send(Buffer.alloc(200_000, 11))
    expect(await ready()).toBe(200)

    const api = product.apiProcess()
    api.signal("SIGTERM")
    await sleep(300)
    expect([0, 503]).toContain(await ready())
    expect(api.running).toBe(true)

    await sending.send(Buffer.alloc(100_000, 12))
    const answer = await sending.finish()
    const track = dataOf(TrackView, answer)
    const heard = await restOf(listening)
    expect(createHash("sha256").update(heard).digest("hex")).toBe(createHash("sha256").update(song).digest("hex"))
    expect(await api.ended()).toEqual({ code: 0, signal: null })

    await product.startApi()
    expect((await readyTrack(creator.byToken, track.id)).size_bytes).toBe(300_044)
  })

  it("a second time ends at once, whatever is under way", async () => {
    const api = product.apiProcess()
    const listening = await beginToListen()
    listening.on("error", () => {})
    api.signal("SIGTERM")
    await sleep(300)
    expect(api.running).toBe(true)
    api.signal("SIGTERM")
    expect((await api.ended(10_000)).code).toBe(130)
    await product.startApi()
  })

  it("ends the worker", async () => {
    product.workerProcess().signal("SIGTERM")
    expect(await product.workerProcess().ended(30_000)).toEqual({ code: 0, signal: null })
    await product.startWorker()
  })
})

describe("a start that cannot be", () => {
  const start = (name: "api" | "worker", env: Readonly<Record<string, string>>) =>
    runToEnd({ name, file: programs[name], cwd: product.home, env })

  it.each(["api", "worker"] as const)(
    "%s: lists every fault of the configuration, tells no secret, exits 78",
    async (name) => {
      const { code, process } = await start(name, {
        APP_ENV: "production",
        DATABASE_URL: "mysql://veza:hunter2secret@localhost/veza",
        JWT_SECRET: "tooshortsecret",
        APP_PORT: "eighty",
        STREAM_IDLE_TIMEOUT: "soon",
        CSRF_DISABLED: "true",
        REDIS_ENABLE: "true"
      })
      expect(code).toBe(78)
      for (const named of [
        "DATABASE_URL",
        "JWT_SECRET",
        "APP_PORT",
        "STREAM_IDLE_TIMEOUT",
        "CSRF_DISABLED",
        "REDIS_ENABLE",
        "CORS_ALLOWED_ORIGINS"
      ]) {
        expect(process.log).toContain(named)
      }
      expect(process.log).not.toMatch(/hunter2secret|tooshortsecret/)
    }
  )

  it("says in one sentence that the port is taken, and exits 1", async () => {
    const port = new URL(product.url).port
    const { code, process } = await start("api", { ...product.env, APP_PORT: port })
    expect(code).toBe(1)
    expect(process.errors.trim()).toBe(`Port ${port} is in use: stop what uses it, or choose another with APP_PORT.`)
  })

  it("says in one sentence that the database cannot be reached, and exits 1", async () => {
    const settings = testSettings(product.home, "postgres://veza:hunter2secret@127.0.0.1:1/veza")
    const { code, process } = await start("api", { ...settings, DB_MAX_RETRIES: "0" })
    expect(code).toBe(1)
    expect(process.errors.trim()).toBe("The database cannot be reached: check DATABASE_URL and that the server runs.")
    expect(process.log).not.toContain("hunter2secret")
  })
})
