import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { TrackView } from "@veza/http-koa/contract"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, signUp, signUpCreator } from "../support/product/accounts.ts"
import { KeyHolder, makeKey } from "../support/product/api-keys.ts"
import { audioBytes, wavHead } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal, expectRetryLater } from "../support/product/refusal.ts"
import { dataOf, failureOf, Session } from "../support/product/session.ts"
import {
  begun,
  checksumOf,
  metadataOf,
  offsetOf,
  partType,
  sha256,
  SlowPart,
  statusOf,
  tusOf,
  uploadsPath,
  uploadWithClient
} from "../support/product/tus.ts"
import { readyTrack, tracksPath } from "../support/product/upload.ts"
import { eicar } from "../support/services/index.ts"
import { freePorts } from "../support/services/ports.ts"
import { allowedOrigin, type Product, startProduct } from "../support/product.ts"

const mebibyte = 1024 * 1024
let product: Product
let creator: Account
let bySession: ReturnType<typeof tusOf>
let made = 0

/** A WAV that nobody has uploaded before. */
const newWav = (bytes: number): Buffer => {
  const sound = Buffer.alloc(bytes - 44, (made += 7) % 251)
  sound.writeUInt32LE(made, 0)
  return Buffer.concat([wavHead(sound.length), sound])
}
const storedBytes = (id: string | null | undefined): Buffer =>
  readFileSync(join(product.home, "uploads", "tracks", creator.id, `${id}.wav`))
const isQuarantined = (url: string) => product.files().includes(`quarantine/${url.split("/").at(-1)}.part`)

beforeAll(async () => {
  product = await startProduct({
    apis: 2,
    workers: 1,
    env: { CLAMAV_REQUIRED: "true", MAX_CONCURRENT_UPLOADS: "3", MAX_RESUMABLE_SIZE: "20MB" }
  })
  creator = await signUpCreator(product)
  bySession = tusOf(creator.byToken)
})
afterAll(() => product.stop())

describe("the tus protocol", () => {
  it("tells what the server knows of it, to anybody", async () => {
    const { status, headers } = await new Session(product.url).call("OPTIONS", uploadsPath)
    expect(status).toBe(204)
    expect(Object.fromEntries(headers)).toMatchObject({
      "tus-resumable": "1.0.0",
      "tus-version": "1.0.0",
      "tus-max-size": String(20 * mebibyte),
      "tus-extension": "creation,creation-with-upload,checksum,expiration,termination",
      "tus-checksum-algorithm": "sha1,sha256"
    })
  })

  it("lets pages of the front end send and read its headers", async () => {
    const preflight = await new Session(product.url).call("OPTIONS", `${uploadsPath}/x`, {
      headers: { origin: allowedOrigin, "access-control-request-method": "PATCH" }
    })
    expect(preflight.headers.get("access-control-allow-headers")).toMatch(
      /Tus-Resumable.*Upload-Offset.*Upload-Checksum/
    )
    const refused = await creator.byToken.call("HEAD", `${uploadsPath}/x`, { headers: { origin: allowedOrigin } })
    expect(refused.headers.get("access-control-expose-headers")).toMatch(/Upload-Offset.*X-Track-Id/)
    expect(refused.headers.get("tus-resumable")).toBe("1.0.0")
  })

  it("takes a file in parts and makes a track of it like any other", async () => {
    const song = await audioBytes({
      folder: product.home,
      format: "flac",
      seconds: 2,
      tags: { album: "From the tags" }
    })
    const fields = { filename: "song.flac", title: "Ünï “so”", artist: "A", tags: "one, two", year: "1999" }
    const reply = await bySession.begin(song.length, { ...fields, is_public: "false", relativePath: "null" })
    expect([reply.status, reply.headers.get("upload-offset")]).toEqual([201, "0"])
    const url = reply.headers.get("location") ?? ""
    const expires = Date.parse(reply.headers.get("upload-expires") ?? "")
    expect(Math.abs(expires - Date.now() - 86_400_000)).toBeLessThan(600_000)

    const half = Math.floor(song.length / 2)
    const first = await bySession.send(url, 0, song.subarray(0, half))
    expect([first.status, first.headers.get("upload-offset"), first.headers.get("x-track-id")]).toEqual([
      204,
      String(half),
      null
    ])
    const head = await bySession.offset(url)
    expect([head.status, head.headers.get("cache-control")]).toEqual([200, "no-store"])
    expect(Object.fromEntries(head.headers)).toMatchObject({
      "upload-offset": String(half),
      "upload-length": String(song.length),
      "upload-metadata": metadataOf({ ...fields, is_public: "false", relativePath: "null" })
    })

    const last = await bySession.send(url, half, song.subarray(half))
    expect([last.status, last.headers.get("upload-offset")]).toEqual([204, String(song.length)])
    const id = last.headers.get("x-track-id") ?? ""
    const track = await readyTrack(creator.byToken, id)
    expect(track).toMatchObject({ title: "Ünï “so”", artist: "A", album: "From the tags", year: 1999, duration: 2 })
    expect(track).toMatchObject({ tags: ["one", "two"], is_public: false, scan_status: "clean" })
    expect(isQuarantined(url)).toBe(false)

    const after = await bySession.offset(url)
    expect([after.headers.get("upload-offset"), after.headers.get("x-track-id")]).toEqual([String(song.length), id])
    const again = await bySession.send(url, song.length, Buffer.alloc(0))
    expect([again.status, again.headers.get("x-track-id")]).toEqual([204, id])
    expect((await bySession.end(url)).status).toBe(204)
    expectRefusal(await bySession.send(url, song.length, Buffer.alloc(0)), 404, "UPLOAD_NOT_FOUND")
    expect((await creator.byToken.get(`${tracksPath}/${id}`)).status).toBe(200)
  })

  it("takes the first bytes, or all, with the beginning", async () => {
    const song = newWav(200_000)
    const part = await bySession.begin(
      song.length,
      { filename: "a.wav", title: "T" },
      {},
      new Uint8Array(song.subarray(0, 9))
    )
    expect([part.status, part.headers.get("upload-offset")]).toEqual([201, "9"])
    const rest = await bySession.send(part.headers.get("location") ?? "", 9, song.subarray(9))
    expect(rest.status).toBe(204)

    const whole = newWav(200_000)
    const reply = await bySession.begin(whole.length, { filename: "b.wav", title: "T" }, {}, new Uint8Array(whole))
    expect(reply.status).toBe(201)
    const made = dataOf(Schema.Struct({ track_id: Schema.String, offset: Schema.Int }), reply)
    expect([made.offset, made.track_id]).toEqual([whole.length, reply.headers.get("x-track-id")])
    expect(sha256(storedBytes(made.track_id))).toBe(sha256(whole))
  })

  it("keeps no part that is not what its checksum says", async () => {
    const song = newWav(300_000)
    const url = await begun(creator.byToken, song.length, "a.wav")
    const [first, second] = [song.subarray(0, 100_000), song.subarray(100_000)]
    for (const [algorithm, part, offset] of [
      ["sha1", first, 0],
      ["sha256", second, 100_000]
    ] as const) {
      const wrong = { "upload-checksum": checksumOf(algorithm, Buffer.from("else")) }
      expectRefusal(await bySession.send(url, offset, part, wrong), 460, "CHECKSUM_MISMATCH")
      expect(await offsetOf(creator.byToken, url)).toBe(offset)
      const right = { "upload-checksum": checksumOf(algorithm, part) }
      expect((await bySession.send(url, offset, part, right)).status).toBe(204)
    }
    const id = (await bySession.offset(url)).headers.get("x-track-id")
    expect(sha256(storedBytes(id))).toBe(sha256(song))
    expectRefusal(
      await bySession.send(await begun(creator.byToken, 9, "a.wav"), 0, first.subarray(0, 9), {
        "upload-checksum": "crc32 x"
      }),
      400,
      "VALIDATION_FAILED",
      "Upload-Checksum"
    )
  })

  it("keeps nothing of a part with a checksum whose sender leaves, and what came of one without", async () => {
    const song = newWav(mebibyte)
    for (const [headers, kept] of [
      [{ "upload-checksum": checksumOf("sha1", song) }, 0],
      [{}, 300_000]
    ] as const) {
      const url = await begun(creator.byToken, song.length, "a.wav")
      const slow = new SlowPart(creator.byToken, url, 0, headers)
      await slow.send(song.subarray(0, 300_000))
      const file = join(product.home, "uploads", "quarantine", `${url.split("/").at(-1)}.part`)
      await eventually("the bytes on the disk", () => existsSync(file) && statSync(file).size === 300_000)
      slow.abort()
      await eventually("the hold let go", async () => {
        const rows = await product.query("SELECT 1 FROM uploads WHERE holder IS NOT NULL")
        return rows.length === 0
      })
      expect(await offsetOf(creator.byToken, url)).toBe(kept)
      expect((await bySession.end(url)).status).toBe(204)
      expect(isQuarantined(url)).toBe(false)
    }
  })

  it("speaks PATCH and DELETE for clients that can only POST", async () => {
    const song = newWav(100_000)
    const url = await begun(creator.byToken, song.length, "a.wav")
    const sent = await creator.byToken.call("POST", url, {
      headers: {
        "tus-resumable": "1.0.0",
        "x-http-method-override": "PATCH",
        "content-type": partType,
        "upload-offset": "0"
      },
      body: new Uint8Array(song.subarray(0, 10))
    })
    expect([sent.status, sent.headers.get("upload-offset")]).toEqual([204, "10"])
    const headers = { "tus-resumable": "1.0.0", "x-http-method-override": "DELETE" }
    expect((await creator.byToken.call("POST", url, { headers })).status).toBe(204)
  })
})

describe("what is refused", () => {
  it.each([
    [
      "no length",
      { filename: "a.wav", title: "T" },
      { "upload-length": "" },
      400,
      "VALIDATION_FAILED",
      "Upload-Length"
    ],
    [
      "a length that is none",
      { filename: "a.wav", title: "T" },
      { "upload-length": "-1" },
      400,
      "VALIDATION_FAILED",
      "Upload-Length"
    ],
    ["no metadata", {}, { "upload-metadata": "" }, 400, "VALIDATION_FAILED", "filename"],
    ["metadata that is none", {}, { "upload-metadata": "title !!!" }, 400, "VALIDATION_FAILED", "Upload-Metadata"],
    [
      "metadata with a key twice",
      {},
      { "upload-metadata": "title QQ==,title QQ==" },
      400,
      "VALIDATION_FAILED",
      "Upload-Metadata"
    ],
    [
      "text that is no UTF-8",
      {},
      { "upload-metadata": "filename YS53YXY=,title /w==" },
      400,
      "VALIDATION_FAILED",
      "Upload-Metadata"
    ],
    ["no title", { filename: "a.wav" }, {}, 400, "VALIDATION_FAILED", "title"],
    [
      "a bad year and ISRC",
      { filename: "a.wav", title: "T", year: "last", isrc: "x" },
      {},
      400,
      "VALIDATION_FAILED",
      "isrc,year"
    ],
    [
      "more than the largest",
      { filename: "a.wav", title: "T" },
      { "upload-length": String(20 * mebibyte + 1) },
      413,
      "FILE_TOO_LARGE",
      "file"
    ],
    ["nothing at all", { filename: "a.wav", title: "T" }, { "upload-length": "0" }, 415, "UNSUPPORTED_AUDIO", "file"],
    ["a name of no audio", { filename: "a.exe", title: "T" }, {}, 415, "UNSUPPORTED_AUDIO", "file"],
    [
      "another version",
      { filename: "a.wav", title: "T" },
      { "tus-resumable": "0.2.2" },
      412,
      "UNSUPPORTED_TUS_VERSION",
      undefined
    ]
  ] as const)("at the beginning: %s", async (_what, fields, headers, status, code, named) => {
    const before = await product.query("SELECT count(*) FROM uploads")
    const reply = await bySession.begin(1000, fields, headers)
    expectRefusal(reply, status, code, named)
    expect(reply.headers.get("tus-resumable")).toBe("1.0.0")
    if (status === 412) expect(reply.headers.get("tus-version")).toBe("1.0.0")
    expect(await product.query("SELECT count(*) FROM uploads")).toEqual(before)
  })

  it("a part at another place, of another type, beyond the end", async () => {
    const url = await begun(creator.byToken, 1000, "a.wav")
    const conflict = await bySession.send(url, 5, Buffer.alloc(10))
    expectRefusal(conflict, 409, "UPLOAD_OFFSET_CONFLICT")
    expect(conflict.headers.get("upload-offset")).toBe("0")
    expectRefusal(
      await bySession.send(url, 0, Buffer.alloc(10), { "content-type": "audio/wav" }),
      415,
      "UNSUPPORTED_MEDIA_TYPE"
    )
    expectRefusal(
      await bySession.send(url, 0, Buffer.alloc(10), { "upload-offset": "x" }),
      400,
      "VALIDATION_FAILED",
      "Upload-Offset"
    )
    expectRefusal(await bySession.send(url, 0, Buffer.alloc(1001)), 413, "UPLOAD_TOO_LONG")
    const slow = new SlowPart(creator.byToken, url, 0)
    await slow.send(wavHead(2000))
    await slow.send(Buffer.alloc(2000))
    const answer = await slow.finish()
    expect([answer.status, answer.json]).toMatchObject([413, { error: { code: "UPLOAD_TOO_LONG" } }])
    expect(await offsetOf(creator.byToken, url)).toBeLessThan(1000)
    await bySession.end(url)
  })

  const sendAll = async (bytes: Buffer, name: string) => {
    const url = await begun(creator.byToken, bytes.length, name)
    return { url, reply: await bySession.send(url, 0, bytes) }
  }
  const expectGone = async (url: string) => {
    expect((await bySession.offset(url)).status).toBe(410)
    expectRefusal(await bySession.send(url, 0, Buffer.alloc(1)), 410, "UPLOAD_GONE")
    expect(isQuarantined(url)).toBe(false)
  }

  it("an infected file, with one audit entry, and nothing of it is kept", async () => {
    const infected = newWav(200_000)
    infected.write(eicar, infected.length - eicar.length, "latin1")
    const { url, reply } = await sendAll(infected, "hit.wav")
    expectRefusal(reply, 422, "INFECTED_FILE", "file")
    await expectGone(url)
    const entries = () => product.query("SELECT 1 FROM audit_entries WHERE resource_id = $1", url.split("/").at(-1))
    await eventually("the audit entry", async () => (await entries()).length === 1)
  })

  it("what is no audio, as soon as that is known", async () => {
    const text = Buffer.from("just words\n".repeat(90_000))
    const { url, reply } = await sendAll(text, "words.mp3")
    expectRefusal(reply, 415, "UNSUPPORTED_AUDIO", "file")
    await expectGone(url)
    const large = await begun(creator.byToken, 10 * mebibyte, "words.wav")
    const slow = new SlowPart(creator.byToken, large, 0)
    await slow.send(text.subarray(0, 100_000))
    expect((await slow.answer).status).toBe(415)
    const wrongName = await sendAll(newWav(10_000), "a.flac")
    expectRefusal(wrongName.reply, 415, "UNSUPPORTED_AUDIO", "file")
  })

  it("the same file again, with a status after which clients do not try for ever, unless it is wanted", async () => {
    const song = newWav(100_000)
    const first = await uploadWithClient(creator.byToken, song, { filename: "a.wav", title: "Once" })
    const failure = await uploadWithClient(creator.byToken, song, { filename: "a.wav", title: "Twice" }).catch(
      (error: unknown) => error
    )
    expect(statusOf(failure)).toBe(422)
    const { url, reply } = await sendAll(song, "a.wav")
    expect(failureOf(reply)).toMatchObject({ code: "DUPLICATE_TRACK", meta: { track_id: first.trackId } })
    await expectGone(url)
    const wanted = { filename: "a.wav", title: "Twice", allow_duplicate: "true" }
    expect((await uploadWithClient(creator.byToken, song, wanted)).trackId).not.toBe(first.trackId)
  })

  it("an upload whose time is up, which the sweep takes away with its bytes", async () => {
    const url = await begun(creator.byToken, 100_000, "a.wav")
    await bySession.send(url, 0, newWav(100_000).subarray(0, 70_000))
    await product.query("UPDATE uploads SET expires_at = now() WHERE id = $1", url.split("/").at(-1))
    expect((await bySession.offset(url)).status).toBe(410)
    expectRefusal(await bySession.send(url, 70_000, Buffer.alloc(10)), 410, "UPLOAD_GONE")
    await product.runJobs()
    await eventually("the sweep", () => !isQuarantined(url))
    await eventually("no lease", async () => (await bySession.offset(url)).status === 404)
  })

  it("more uploads of one person than ten at once", async () => {
    const other = await signUpCreator(product)
    const urls = await Promise.all(Array.from({ length: 10 }, () => begun(other.byToken, 1000, "a.wav")))
    const refused = await tusOf(other.byToken).begin(1000, { filename: "a.wav", title: "T" })
    expectRefusal(refused, 429, "TOO_MANY_OPEN_UPLOADS")
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
    expect((await tusOf(other.byToken).end(urls[0] ?? "")).status).toBe(204)
    await begun(other.byToken, 1000, "a.wav")
  })
})

describe("whose an upload is", () => {
  it("nobody but its owner sees it, goes on with it or ends it, not even an administrator", async () => {
    const url = await begun(creator.byToken, 1000, "a.wav")
    const other = await signUpCreator(product)
    const admin = await signUp(product)
    await product.query("UPDATE users SET role = 'admin' WHERE id = $1", admin.id)
    await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
    const asAdmin = await logIn(product.url, admin)
    for (const stranger of [other, asAdmin]) {
      const byStranger = tusOf(stranger.byToken)
      expect((await byStranger.offset(url)).status).toBe(404)
      expectRefusal(await byStranger.send(url, 0, Buffer.alloc(1)), 404, "UPLOAD_NOT_FOUND")
      expectRefusal(await byStranger.end(url), 404, "UPLOAD_NOT_FOUND")
    }
    expect(await offsetOf(creator.byToken, url)).toBe(0)
    await bySession.end(url)
  })

  it("cookies do with their token, and keys that may read and write", async () => {
    const song = newWav(50_000)
    const { csrf_token } = dataOf(
      Schema.Struct({ csrf_token: Schema.String }),
      await creator.byCookie.get("/api/v1/auth/csrf")
    )
    const csrf = { "x-csrf-token": csrf_token, origin: allowedOrigin }
    const byCookie = tusOf(creator.byCookie)
    expectRefusal(await byCookie.begin(9, { filename: "a.wav", title: "T" }), 403, "CSRF_REFUSED")
    const reply = await byCookie.begin(song.length, { filename: "a.wav", title: "T" }, csrf)
    const url = reply.headers.get("location") ?? ""
    expectRefusal(await byCookie.send(url, 0, song), 403, "CSRF_REFUSED")
    expect((await byCookie.send(url, 0, song, csrf)).status).toBe(204)

    const { key } = await makeKey(creator)
    const byKey = uploadWithClient(new Session(product.url, key), newWav(50_000), { filename: "k.wav", title: "K" })
    expect((await byKey).trackId).toBeDefined()
    const { key: reading } = await makeKey(creator, { scopes: ["read"] })
    expectRefusal(await new KeyHolder(product.url, reading).call("POST", uploadsPath), 403, "INSUFFICIENT_SCOPE")
  })

  it("deleting the account ends its uploads and removes what they sent", async () => {
    const leaving = await signUpCreator(product)
    const url = await begun(leaving.byToken, 100_000, "a.wav")
    await tusOf(leaving.byToken).send(url, 0, newWav(100_000).subarray(0, 70_000))
    expect(isQuarantined(url)).toBe(true)
    const reply = await leaving.byToken.call("DELETE", "/api/v1/users/me", {
      json: { password: leaving.password, confirm_text: "DELETE" }
    })
    expect(reply.status, JSON.stringify(reply.json)).toBe(200)
    await product.runJobs()
    await eventually("nothing of it left", () => !isQuarantined(url))
  })
})

describe("many at once", () => {
  it("two parts for one upload at two processes: one is taken, the bytes never mix", async () => {
    for (let round = 0; round < 5; round++) {
      const song = newWav(2 * mebibyte)
      const url = await begun(creator.byToken, song.length, "a.wav")
      const rivals = [product.url, product.api(1)].map((base) => creator.byToken.at(base))
      const replies = await Promise.all(rivals.map((rival) => tusOf(rival).send(url, 0, song)))
      const statuses = replies.map(({ status }) => status).toSorted()
      expect(statuses[0]).toBe(204)
      expect([409, 413, 423]).toContain(statuses[1])
      const id = (await bySession.offset(url)).headers.get("x-track-id")
      expect(sha256(storedBytes(id))).toBe(sha256(song))
    }
  })

  it("while a part is under way elsewhere, another is told to wait", async () => {
    const song = newWav(mebibyte)
    const url = await begun(creator.byToken, song.length, "a.wav")
    const slow = new SlowPart(creator.byToken, url, 0)
    await slow.send(song.subarray(0, 1000))
    await eventually("the hold", async () => {
      const rows = await product.query("SELECT 1 FROM uploads WHERE holder IS NOT NULL")
      return rows.length === 1
    })
    const refused = await tusOf(creator.byToken.at(product.api(1))).send(url, 0, song)
    expectRefusal(refused, 423, "UPLOAD_LOCKED")
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
    await slow.send(song.subarray(1000))
    expect((await slow.finish()).status).toBe(204)
  })

  it("parts take the same places as other uploads", async () => {
    const slow: Array<SlowPart> = []
    for (let n = 0; n < 3; n++) {
      const one = new SlowPart(creator.byToken, await begun(creator.byToken, 1000, "a.wav"), 0)
      await one.send(wavHead(900))
      slow.push(one)
    }
    await eventually("three at work", async () => {
      const rows = await product.query("SELECT 1 FROM uploads WHERE holder IS NOT NULL")
      return rows.length === 3
    })
    const url = await begun(creator.byToken, 1000, "a.wav")
    expectRetryLater(await bySession.send(url, 0, wavHead(900)), "TOO_MANY_UPLOADS")
    for (const one of slow) one.abort()
    await eventually("room again", async () => (await bySession.send(url, 0, wavHead(900))).status === 204)
  })

  it("many small parts of an honest client meet no limiter", async () => {
    const { url, process: strict } = await product.addApi({
      USER_RATE_LIMIT_PER_MINUTE: "60",
      USER_RATE_LIMIT_BURST: "10",
      RATE_LIMIT_LIMIT: "40",
      API_KEY_RATE_LIMIT_WRITES_PER_HOUR: "5"
    })
    const { key } = await makeKey(creator)
    const song = newWav(300 * 1024)
    const options = { chunkSize: 1024, retryDelays: [] }
    const fields = { filename: "a.wav", title: "Crumbs" }
    const { trackId } = await uploadWithClient(new Session(url, key), song, fields, options)
    expect(sha256(storedBytes(trackId))).toBe(sha256(song))
    await strict.stop()
  })
})

describe("a scanner that is away", () => {
  it("lets the last part be asked for again without the bytes, and a worker asks too", async () => {
    const nowhere = `127.0.0.1:${(await freePorts(1))[0]}`
    const { url: blind } = await product.addApi({ CLAMAV_ADDRESS: nowhere })
    await product.workerProcess().kill()
    const [one, two] = [newWav(300_000), newWav(300_000)]
    const urls = await Promise.all([one, two].map((song) => begun(creator.byToken, song.length, "a.wav")))
    for (const [n, song] of [one, two].entries()) {
      const reply = await tusOf(creator.byToken.at(blind)).send(urls[n] ?? "", 0, song)
      expectRetryLater(reply, "SCANNER_UNAVAILABLE")
      expect(await offsetOf(creator.byToken, urls[n] ?? "")).toBe(song.length)
    }
    const finished = await bySession.send(urls[0] ?? "", one.length, Buffer.alloc(0))
    expect(finished.status).toBe(204)
    expect(sha256(storedBytes(finished.headers.get("x-track-id")))).toBe(sha256(one))

    await product.runJobs()
    await product.startWorker()
    const id = await eventually(
      "the worker's finish",
      async () => (await bySession.offset(urls[1] ?? "")).headers.get("x-track-id") ?? undefined
    )
    expect((await readyTrack(creator.byToken, id)).scan_status).toBe("clean")
  })
})

describe("tus-js-client", () => {
  it("goes on after kill -9 of the API in the middle of an upload, and the bytes are the same", async () => {
    const song = newWav(12 * mebibyte)
    let kills = 0
    const { trackId } = await uploadWithClient(
      creator.byToken,
      song,
      { filename: "a.wav", title: "Killed twice" },
      {
        onProgress: (sent) => {
          if (sent > (kills + 1) * 4 * mebibyte && kills < 2) {
            kills++
            void product
              .apiProcess()
              .kill()
              .then(() => product.startApi())
          }
        }
      }
    )
    expect(kills).toBe(2)
    expect(sha256(storedBytes(trackId))).toBe(sha256(song))
    const track = dataOf(TrackView, await creator.byToken.get(`${tracksPath}/${trackId}`))
    expect(track).toMatchObject({ title: "Killed twice", size_bytes: song.length })
  })
})

describe("the numbers and the log", () => {
  it("tell of resumable uploads", async () => {
    const metrics = (await new Session(product.url).get("/metrics")).bytes.toString()
    expect(metrics).toMatch(/veza_resumable_uploads_total\{[^}]*outcome="finished"/)
    expect(metrics).toMatch(/veza_resumable_upload_bytes_total(?:\{[^}]*\})? \d{5,}/)
    expect(product.apiProcess().log).toContain("a resumable upload became a track")
  })
})
