import { chmodSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes, wavHead } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { dataOf } from "../support/product/session.ts"
import { expectNothingLeft, readyTrack, SlowUpload, tracksPath, upload } from "../support/product/upload.ts"
import { findTool } from "../support/services/tools.ts"
import { type Product, startProduct } from "../support/product.ts"

let product: Product
let creator: Account

beforeAll(async () => {
  product = await startProduct({ workers: 1, env: { CLAMAV_REQUIRED: "false" } })
  creator = await signUpCreator(product)
})
afterAll(() => product.stop())

describe("kill -9 of the API in the middle of an upload", () => {
  it("leaves a lease that the sweep takes away with its file; no track ever appears", async () => {
    const sending = new SlowUpload(creator.byToken, "lost.wav")
    await sending.send(wavHead(1_000_000))
    await sending.send(Buffer.alloc(300_000, 13))
    await eventually("the upload being under way", () => product.files().length === 1)
    await product.apiProcess().kill()
    await sending.answer().catch(() => {})
    expect(product.files()).toEqual([expect.stringMatching(/^quarantine\/.*\.part$/)])
    expect(await product.query("SELECT state FROM uploads")).toEqual([{ state: "uploading" }])

    await product.startApi()
    expect(product.files()).toHaveLength(1)
    await product.query("UPDATE uploads SET expires_at = now() - interval '1 second'")
    await product.killWorker()
    await product.runJobs()
    await product.startWorker()
    await expectNothingLeft(product)
    expect((await creator.byToken.get("/api/v1/auth/me")).status).toBe(200)
  })
})

describe("kill -9 of a worker in the middle of its work", () => {
  it("another worker finishes it, once", async () => {
    const gate = join(product.home, "closed")
    const slowFfmpeg = join(product.home, "ffmpeg")
    const wait = `while [ -e '${gate}' ]; do sleep 0.05; done`
    writeFileSync(slowFfmpeg, `#!/bin/sh\n[ "$1" = -version ] || ${wait}\nexec '${findTool("ffmpeg") ?? ""}' "$@"\n`)
    writeFileSync(join(product.home, "ffprobe"), `#!/bin/sh\nexec '${findTool("ffprobe") ?? ""}' "$@"\n`)
    for (const name of ["ffmpeg", "ffprobe"]) chmodSync(join(product.home, name), 0o755)
    writeFileSync(gate, "")
    await product.workerProcess().kill()
    const first = await product.addWorker({ FFMPEG_PATH: slowFfmpeg })

    const song = await audioBytes({ folder: product.home, format: "flac", seconds: 1 })
    const { id } = dataOf(
      TrackView,
      await upload(creator.byToken, { title: "Twice begun" }, { name: "a.flac", bytes: song })
    )
    await eventually("the first worker holding the event", async () => {
      const [row] = await product.query("SELECT 1 FROM outbox WHERE leased_until > now() AND type = 'track.uploaded'")
      return row !== undefined
    })
    await first.kill()
    expect(dataOf(TrackView, await creator.byToken.get(`${tracksPath}/${id}`)).status).toBe("processing")
    rmSync(gate)
    await product.query("UPDATE outbox SET leased_until = now()")
    await product.startWorker()
    const track = await readyTrack(creator.byToken, id)
    expect([track.duration, track.has_waveform]).toEqual([1, true])
    await eventually("an empty outbox", async () => (await product.query("SELECT id FROM outbox")).length === 0)
    expect(await product.query("SELECT event_id FROM inbox WHERE consumer = 'process-upload'")).toHaveLength(1)
    expect(await product.query("SELECT id FROM outbox_buried")).toEqual([])
  })
})
