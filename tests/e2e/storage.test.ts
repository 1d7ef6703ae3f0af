import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { TrackView } from "@veza/http-koa/contract"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUp, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes, wavHead } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { readyTrack, SlowUpload, tracksPath, upload, uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"
import { type S3Server, startS3 } from "../support/s3.ts"
import { eicar } from "../support/services/index.ts"

let s3: S3Server
let product: Product
let creator: Account

beforeAll(async () => {
  s3 = await startS3()
  product = await startProduct({ env: s3.env })
  creator = await signUpCreator(product)
})
afterAll(async () => {
  await product?.stop()
  await s3?.dispose()
})

afterEach(async () => {
  s3.be("open")
  await s3.start()
})

let made = 0
/** Another song each time. */
const song = (seconds = 1) => audioBytes({ folder: product.home, format: "flac", seconds })
const file = (bytes: Buffer) => ({ name: `song-${made++}.flac`, bytes })
const keyOf = (id: string) => `tracks/${creator.id}/${id}.flac`
const streamOf = (id: string) => `${tracksPath}/${id}/stream`
const copies = () => readdirSync(join(product.home, "uploads/copies"))

describe("a track in S3", () => {
  it("is scanned in quarantine, stored, processed, and played by a link", async () => {
    const bytes = await song()
    const before = s3.seen.length
    const track = await uploadReady(creator.byToken, "Distant", file(bytes))
    expect([track.duration, track.has_waveform]).toEqual([1, true])
    expect(s3.has(keyOf(track.id))).toBe(true)
    expect(product.files()).toEqual([])
    await eventually("the worker's copy gone", () => copies().length === 0)
    expect(s3.seen.slice(before).filter((line) => line.startsWith("PUT"))).toHaveLength(1)

    const asked = await new Session(product.url).get(streamOf(track.id), { range: "bytes=10-99" })
    expect([asked.status, asked.headers.get("cache-control"), asked.bytes.length]).toEqual([
      302,
      "private, no-store",
      0
    ])
    const link = asked.headers.get("location") ?? ""
    expect(link.startsWith(`${s3.url}/veza/tracks/`)).toBe(true)
    const part = await fetch(link, { headers: { range: "bytes=10-99" } })
    expect([part.status, part.headers.get("content-type")]).toEqual([206, "audio/flac"])
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 100))).toBe(true)
    const whole = await fetch(new URL(streamOf(track.id), product.url))
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
    expect(JSON.stringify(track)).not.toMatch(/storage|s3|tracks\//u)
    expect(s3.refused).toEqual([])
  })

  it("answers HEAD with a link that takes HEAD", async () => {
    const bytes = await song()
    const { id } = await uploadReady(creator.byToken, "Headed", file(bytes))
    const asked = await creator.byToken.call("HEAD", streamOf(id))
    expect(asked.status).toBe(302)
    const head = await fetch(asked.headers.get("location") ?? "", { method: "HEAD" })
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(bytes.length)])
  })

  it("is downloaded by a link that says its name, for half an hour", async () => {
    const bytes = await song()
    const { id } = await uploadReady(creator.byToken, "Straßenlärm", file(bytes))
    const asked = await creator.byToken.get(`${tracksPath}/${id}/download`)
    expect([asked.status, asked.headers.get("cache-control")]).toEqual([302, "private, no-store"])
    expect(asked.headers.get("content-disposition")).toBeNull()
    const link = new URL(asked.headers.get("location") ?? "")
    expect(link.searchParams.get("X-Amz-Expires")).toBe("1800")
    const whole = await fetch(link)
    expect(whole.headers.get("content-disposition")).toMatch(/^attachment; filename="Stra.*"; filename\*=UTF-8''Stra/u)
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
    expectRefusal(await new Session(product.url).get(`${tracksPath}/${id}/download`), 403, "DOWNLOAD_NOT_ALLOWED")
    expect((await creator.byToken.call("DELETE", `${tracksPath}/${id}`)).status).toBe(200)
    await eventually("the object gone", () => !s3.has(keyOf(id)))
  })

  it("gives its link only to who may hear it", async () => {
    const reply = await upload(creator.byToken, { title: "Private", is_public: "false" }, file(await song()))
    const { id } = await readyTrack(creator.byToken, dataOf(TrackView, reply).id)
    const stranger = await signUp(product)
    for (const session of [stranger.byToken, new Session(product.url)]) {
      const refused = await session.get(streamOf(id))
      expectRefusal(refused, 403, "TRACK_PRIVATE")
      expect(refused.headers.get("location")).toBeNull()
    }
    expect((await creator.byToken.get(streamOf(id))).status).toBe(302)
    const shared = await creator.byToken.post(`${tracksPath}/${id}/share`, {})
    const { token } = dataOf(Schema.Struct({ token: Schema.String }), shared)
    expect((await stranger.byToken.get(`${streamOf(id)}?share=${token}`)).status).toBe(302)
  })

  it("is told to be missing once that was noticed, and counted", async () => {
    const { id } = await uploadReady(creator.byToken, "Lost", file(await song()))
    s3.lose(keyOf(id))
    await eventually("being told", async () => (await creator.byToken.get(streamOf(id))).status === 404)
    expectRefusal(await creator.byToken.get(streamOf(id)), 404, "TRACK_FILE_MISSING")
    const metrics = await new Session(product.url).get("/metrics")
    expect(metrics.bytes.toString()).toMatch(/^veza_track_files_missing_total \d+/mu)
  })

  it("plays beside local ones, each from its own store, whatever store is new files' own", async () => {
    const local = await product.addApi({ TRACK_STORAGE_BACKEND: "local" })
    const [near, far] = [await song(), await song()]
    const here = await uploadReady(creator.byToken.at(local.url), "Near", file(near))
    const there = await uploadReady(creator.byToken, "Far", file(far))
    expect(existsSync(join(product.home, "uploads", keyOf(here.id)))).toBe(true)
    expect([s3.has(keyOf(here.id)), s3.has(keyOf(there.id))]).toEqual([false, true])
    for (const url of [product.url, local.url]) {
      for (const [id, bytes] of [[here.id, near] as const, [there.id, far] as const]) {
        const answer = await fetch(new URL(streamOf(id), url))
        expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
      }
      expect((await creator.byToken.at(url).get(streamOf(here.id))).status).toBe(200)
      expect((await creator.byToken.at(url).get(streamOf(there.id))).status).toBe(302)
    }
    await local.process.stop()
  })

  it("goes with the account of its owner", async () => {
    const leaver = await signUpCreator(product)
    const { id } = await uploadReady(leaver.byToken, "Leaving", file(await song()))
    const key = `tracks/${leaver.id}/${id}.flac`
    expect(s3.has(key)).toBe(true)
    const reply = await leaver.byToken.call("DELETE", "/api/v1/users/me", {
      json: { password: leaver.password }
    })
    expect(reply.status).toBe(200)
    await eventually("the object gone", () => !s3.has(key))
  })
})

const rows = async () => JSON.stringify(await product.query("SELECT count(*)::int AS n FROM tracks"))
const leases = () => product.query("SELECT 1 FROM uploads")
const stored = () => s3.keys()
const quarantined = () => product.files().filter((name) => name.startsWith("quarantine/"))

describe("an upload", () => {
  it("that is infected never reaches S3", async () => {
    const before = s3.seen.filter((line) => line.startsWith("PUT")).length
    const sound = Buffer.concat([wavHead(200_000), Buffer.alloc(200_000, 5)])
    sound.write(eicar, 120_000, "latin1")
    expectRefusal(
      await upload(creator.byToken, { title: "Ill" }, { name: "ill.wav", bytes: sound }),
      422,
      "INFECTED_FILE"
    )
    expect(s3.seen.filter((line) => line.startsWith("PUT"))).toHaveLength(before)
  })

  it("is refused while S3 is away, leaves nothing, and works again afterwards", async () => {
    const [before, objects] = [await rows(), stored()]
    s3.stop()
    const bytes = await song()
    const refused = await upload(creator.byToken, { title: "Too early" }, file(bytes))
    expectRefusal(refused, 503, "STORAGE_UNAVAILABLE")
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
    expect([await rows(), await leases(), quarantined()]).toEqual([before, [], []])
    expect((await new Session(product.url).get("/readyz")).status).toBe(200)
    const told = async () => (await new Session(product.url).get("/status")).json
    const storage = expect.objectContaining({ name: "storage", up: false, required: false })
    const degraded = { status: "degraded", dependencies: expect.arrayContaining([storage]) }
    expect(await told()).toMatchObject({ data: degraded })
    const doctor = await product.veza("doctor", "--json")
    expect(doctor.process.output).toMatch(/cannot write in the bucket veza/u)
    const metrics = await new Session(product.url).get("/metrics")
    expect(metrics.bytes.toString()).toMatch(/^veza_storage_errors_total\{operation="put"\} \d+/mu)
    await s3.start()
    expect(stored()).toEqual(objects)
    await uploadReady(creator.byToken, "In time", file(bytes))
    const healthy = await product.veza("doctor", "--json")
    expect(healthy.process.output).toMatch(/the bucket veza can be written, read, listed and cleared/u)
  })

  it("is refused when S3 goes away in its middle; what was stored without a row is removed a day later", async () => {
    const before = await rows()
    const objects = stored()
    s3.be("holding")
    const answer = upload(creator.byToken, { title: "Half way" }, file(await song()))
    await eventually("the object being there, unconfirmed", () => stored().length > objects.length)
    s3.stop()
    expectRefusal(await answer, 503, "STORAGE_UNAVAILABLE")
    expect([await rows(), await leases(), quarantined()]).toEqual([before, [], []])
    s3.be("open")
    await s3.start()

    const [left = ""] = stored().filter((key) => !objects.includes(key))
    s3.age(left, 25)
    await product.runJobs("note-garbage")
    const noted = () => product.query("SELECT 1 FROM removed_track_files WHERE storage_key = $1", left)
    await eventually("it being noted", async () => (await noted()).length === 1)
    expect(s3.has(left)).toBe(true)
    await product.query("UPDATE removed_track_files SET removed_at = now() - interval '61 minutes'")
    await product.runJobs("remove-left-files")
    await eventually("it being removed", () => !s3.has(left))
    expect(stored()).toEqual(objects)
  })

  it("whose sender leaves while S3 takes it in leaves neither object nor row", async () => {
    const [before, objects] = [await rows(), stored()]
    s3.be("holding")
    const sending = new SlowUpload(creator.byToken, "leaver.flac")
    await sending.send(await song())
    void sending.finish().catch(() => {})
    await eventually("the object being there, unconfirmed", () => stored().length > objects.length)
    sending.abort()
    await eventually("the object gone", () => stored().length === objects.length)
    s3.be("open")
    await eventually("the lease gone", async () => (await leases()).length === 0)
    expect([await rows(), quarantined()]).toEqual([before, []])
  })

  it("is refused by a store that takes it and never answers", async () => {
    const before = await rows()
    s3.be("hang")
    expectRefusal(await upload(creator.byToken, { title: "Silence" }, file(await song())), 503, "STORAGE_UNAVAILABLE")
    s3.be("open")
    expect([await rows(), await leases(), quarantined()]).toEqual([before, [], []])
  })
})

describe("a worker that meets S3 away", () => {
  it("tries the track again instead of giving it up", async () => {
    await product.workerProcess().kill()
    const bytes = await song()
    const { id } = dataOf(TrackView, await upload(creator.byToken, { title: "Patient" }, file(bytes)))
    s3.stop()
    await product.startWorker()
    const tried = "SELECT 1 FROM outbox WHERE type = 'track.uploaded' AND attempts > 0 AND leased_until IS NULL"
    await eventually("an attempt that failed", async () => (await product.query(tried)).length > 0)
    await s3.start()
    await product.query("UPDATE outbox SET available_at = now()")
    const track = await readyTrack(creator.byToken, id)
    expect(track.status).toBe("ready")
    await eventually("the worker's copy gone", () => copies().length === 0)
  })
})
