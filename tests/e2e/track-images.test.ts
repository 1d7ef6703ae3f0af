import { globSync } from "node:fs"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TrackView } from "@veza/http-koa/contract"
import { type Account, signUp, signUpCreator } from "../support/product/accounts.ts"
import { makeAudio } from "../support/product/audio.ts"
import { jpegHead, mp3With, type Picture } from "../support/product/cover-art.ts"
import { eventually } from "../support/product/eventually.ts"
import { aboutImage, animation, meanColour, photo, picture, pngBomb, svg } from "../support/product/images.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, type Reply, Session } from "../support/product/session.ts"
import { settledTrack, uploadForm, uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const tracks = "/api/v1/tracks"

let product: Product
let guest: Session
let artist: Account
let other: Account
let mp3: Buffer

beforeAll(async () => {
  product = await startProduct({ apis: 2, env: { CLAMAV_REQUIRED: "false" } })
  guest = new Session(product.url)
  ;[artist, other] = await Promise.all([signUpCreator(product), signUp(product)])
  mp3 = await readFile(await makeAudio({ folder: product.home, format: "mp3", seconds: 3, noise: true }))
})
afterAll(() => product?.stop())

const stored = (owner: Account = artist) => globSync(`images/${owner.id}/*`, { cwd: join(product.home, "uploads") })
const read = async (id: string, session: Session = artist.byToken) =>
  dataOf(TrackView, await session.get(`${tracks}/${id}`))
const coverOf = (id: string) => `${tracks}/${id}/cover`
let made = 0
/** Each file differs, so that none is a duplicate. */
const uploadWith = async (title: string, ...pictures: ReadonlyArray<Picture>) => {
  const bytes = Buffer.concat([mp3With(mp3, ...pictures), Buffer.from(`different ${made++}`)])
  return uploadReady(artist.byToken, title, { name: "sound.mp3", bytes })
}
const withCover = (id: string) =>
  eventually(`the cover of ${id}`, async () => {
    const track = await read(id)
    return track.has_cover && track
  })
const send = (session: Session, id: string, bytes: Buffer, type = "image/png"): Promise<Reply> =>
  session.call("PUT", coverOf(id), { body: new Uint8Array(bytes), headers: { "content-type": type } })

describe("the cover inside a file", () => {
  it("is drawn anew once the track is ready, and shown to everybody", async () => {
    const { id } = await uploadWith("Covered", { bytes: await photo() })
    const { cover_url: url } = await withCover(id)
    expect(url).toMatch(new RegExp(`^/api/v1/tracks/${id}/cover\\?v=[0-9a-f]{16}$`, "u"))
    for (const api of [product.api(0), product.api(1)]) {
      const cover = await guest.at(api).get(url ?? "")
      expect([cover.status, Object.fromEntries(cover.headers)]).toMatchObject([
        200,
        {
          "content-type": "image/webp",
          "cache-control": "public, max-age=2592000",
          "x-content-type-options": "nosniff",
          "content-security-policy": "default-src 'none'; frame-ancestors 'none'"
        }
      ])
      expect(await aboutImage(cover.bytes)).toMatchObject({
        format: "webp",
        width: 600,
        height: 600,
        hasMetadata: false
      })
      expect(cover.bytes.includes("Somebody Secret")).toBe(false)
      const etag = cover.headers.get("etag") ?? ""
      expect(etag).toMatch(/^"[0-9a-f]{64}"$/u)
      const again = await guest.at(api).get(coverOf(id), { "if-none-match": etag })
      expect([again.status, again.bytes.length]).toEqual([304, 0])
      const head = await guest.at(api).call("HEAD", coverOf(id))
      expect([head.status, head.bytes.length, head.headers.get("etag")]).toEqual([200, 0, etag])
    }
    const list = await guest.get(`${tracks}?user_id=${artist.id}&q=Covered`)
    expect(JSON.stringify(list.json)).toContain(String(url))
  })

  it("of a private track is for those who may listen, and for no shared cache", async () => {
    const { id } = await uploadWith("Hidden", { bytes: await photo() })
    await withCover(id)
    await artist.byToken.call("PUT", `${tracks}/${id}`, { json: { is_public: false } })
    for (const who of [guest, other.byToken]) expectRefusal(await who.get(coverOf(id)), 403, "TRACK_PRIVATE")
    const own = await artist.byToken.get(coverOf(id))
    expect([own.status, own.headers.get("cache-control")]).toEqual([200, "private, max-age=2592000"])
    const { token } = Object(Object((await artist.byToken.post(`${tracks}/${id}/share`, {})).json).data)
    const shared = await guest.get(`${coverOf(id)}?share=${token}`)
    expect([shared.status, shared.headers.get("cache-control")]).toEqual([200, "private, max-age=2592000"])
    expectRefusal(await guest.get(`${coverOf(id)}?share=wrong`), 403, "TRACK_PRIVATE")
  })

  it("of a blocked track is withheld from everybody, and so is the drawn waveform", async () => {
    const { id } = await uploadWith("Blocked", { bytes: await photo() })
    await withCover(id)
    await product.query("UPDATE tracks SET blocked_at = now() WHERE id = $1", id)
    await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'tracks'")
    for (const who of [guest, artist.byToken]) {
      await eventually("the cover withheld", async () => (await who.get(coverOf(id))).status === 451)
      expectRefusal(await who.get(`${tracks}/${id}/waveform.svg`), 451, "UNAVAILABLE_FOR_LEGAL_REASONS")
    }
    expectRefusal(await send(artist.byToken, id, await photo()), 451, "UNAVAILABLE_FOR_LEGAL_REASONS")
  })

  it("whose file is lost is none, and an error in the log", async () => {
    const { id } = await uploadWith("Lost", { bytes: await photo() })
    const before = new Set(stored())
    const [row] = await product.query("SELECT cover_key AS key FROM tracks WHERE id = $1", (await withCover(id)).id)
    expect(before.size).toBeGreaterThan(0)
    await rm(join(product.home, "uploads", String(Object(row).key)))
    expectRefusal(await guest.get(coverOf(id)), 404, "COVER_UNAVAILABLE")
    expect(product.apiProcess().log).toContain("the file of an image is missing")
  })

  it("is none where there is none, and of no track", async () => {
    const { id, has_cover: has, cover_url: url } = await uploadWith("Bare")
    await settledTrack(product, id)
    expect([has, url]).toEqual([false, null])
    expectRefusal(await guest.get(coverOf(id)), 404, "COVER_UNAVAILABLE")
    expectRefusal(await guest.get(coverOf("3f0e7f0c-5d0f-4c0b-8f57-7d0f7a7b1f11")), 404, "TRACK_NOT_FOUND")
    expectRefusal(await guest.get(coverOf("x")), 400, "VALIDATION_FAILED")
  })
})

describe("a picture that cannot be used", () => {
  const noise = (length: number) => Buffer.alloc(length, 7)
  const hostile: ReadonlyArray<readonly [string, () => Picture | Promise<Picture>]> = [
    ["a bomb of 20000 × 20000 pixels", () => ({ bytes: pngBomb(20_000) })],
    ["a JPEG that claims to be as large", () => ({ bytes: jpegHead(20_000), mime: "image/jpeg" })],
    ["half a photograph", async () => ({ bytes: (await photo()).subarray(0, 9000), mime: "image/jpeg" })],
    ["SVG", () => ({ bytes: svg, mime: "image/svg+xml" })],
    ["SVG that is called PNG", () => ({ bytes: svg, mime: "image/png" })],
    ["words", () => ({ bytes: Buffer.from("just words ".repeat(500)), mime: "image/jpeg" })],
    ["a link", () => ({ bytes: Buffer.from("http://127.0.0.1/cover.png"), mime: "-->" })],
    ["a head and noise", async () => ({ bytes: Buffer.concat([(await picture("png")).subarray(0, 33), noise(999)]) })],
    ["TIFF", async () => ({ bytes: await picture("tiff") })],
    ["more than 16 MB", async () => ({ bytes: Buffer.concat([await photo(), noise(16 * 1024 * 1024)]) })]
  ]

  it.each(hostile)("leaves the track ready and bare: %s", async (what, make) => {
    const before = stored()
    const { id } = await uploadWith(what, await make())
    await settledTrack(product, id)
    const track = await read(id)
    expect([track.status, track.has_cover]).toEqual(["ready", false])
    expect(stored()).toEqual(before)
  })

  it("keeps the worker from nothing: the next cover is shown, a picture that lies about its type too", async () => {
    const { id } = await uploadWith("Lies", { bytes: await picture("webp"), mime: "text/html" })
    await withCover(id)
    const { log } = product.workerProcess()
    expect(log.split("\n").filter((line) => /"level":\s*(?:50|60|"error"|"fatal")/iu.test(line))).toEqual([])
    expect(await product.query("SELECT last_error FROM outbox_buried")).toEqual([])
  })
})

describe("a cover that its owner sends", () => {
  it("takes the place of the one in the file, as a form or as it is, and the former file goes", async () => {
    const { id } = await uploadWith("Replaced", { bytes: await photo() })
    const before = (await withCover(id)).cover_url
    const files = stored()
    const sent = dataOf(TrackView, await send(artist.byToken, id, await animation(), "image/gif"))
    expect([sent.has_cover, sent.cover_url === before]).toEqual([true, false])
    const [red = 0] = await meanColour((await guest.get(sent.cover_url ?? "")).bytes)
    expect(red).toBeGreaterThan(240)
    expect(stored()).toHaveLength(files.length)
    expect(stored()).not.toEqual(files)
    const body = uploadForm({}, { name: "x.png", bytes: await picture("png") })
    expect((await artist.byToken.call("PUT", coverOf(id), { body })).status).toBe(200)
    for (const _ of [1, 2]) {
      const gone = dataOf(TrackView, await artist.byToken.call("DELETE", coverOf(id)))
      expect([gone.has_cover, gone.cover_url]).toEqual([false, null])
    }
    expect(stored()).toHaveLength(files.length - 1)
    await settledTrack(product, id)
    const entries = await product.query(
      "SELECT action FROM audit_entries WHERE resource_id = $1 AND action = 'track.updated'",
      id
    )
    expect(entries).toHaveLength(3)
  })

  it("is refused to strangers before it is read, and where it is no image", async () => {
    const { id } = await uploadWith("Guarded")
    const image = await photo()
    expectRefusal(await send(guest, id, image), 401, "UNAUTHENTICATED")
    expectRefusal(await send(other.byToken, id, image), 403, "FORBIDDEN")
    expectRefusal(await other.byToken.call("DELETE", coverOf(id)), 403, "FORBIDDEN")
    expectRefusal(await send(artist.byToken, id, svg), 415, "UNSUPPORTED_IMAGE", "file")
    expectRefusal(await send(artist.byToken, id, pngBomb(20_000)), 422, "IMAGE_TOO_LARGE", "file")
    expectRefusal(await send(artist.byToken, id, image, "text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE")
    expect((await read(id)).has_cover).toBe(false)
  })
})

describe("a drawn waveform", () => {
  const drawn = (id: string, query = "", session = guest, headers = {}) =>
    session.get(`${tracks}/${id}/waveform.svg${query}`, headers)

  it("is a small picture that a browser may keep and that runs nothing", async () => {
    const { id } = await uploadWith("Drawn")
    const { status, headers, bytes } = await drawn(id)
    expect([status, Object.fromEntries(headers)]).toMatchObject([
      200,
      {
        "content-type": "image/svg+xml",
        "cache-control": "public, max-age=2592000",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff"
      }
    ])
    expect(bytes.toString()).toMatch(/^<svg [^>]*width="800" height="120"/u)
    expect(bytes.length).toBeLessThan(10_000)
    const again = await drawn(id, "", guest, { "if-none-match": headers.get("etag") ?? "" })
    expect([again.status, again.bytes.length]).toEqual([304, 0])
    const other = await drawn(id, "?width=200&height=40&color=FF5500")
    expect(other.bytes.toString()).toMatch(/^<svg [^>]*width="200" height="40".* stroke="#ff5500"/u)
    expect(other.headers.get("etag")).not.toBe(headers.get("etag"))
    const head = await guest.call("HEAD", `${tracks}/${id}/waveform.svg`)
    expect([head.status, head.bytes.length, head.headers.get("etag")]).toEqual([200, 0, headers.get("etag")])
  })

  it.each([
    "width=0",
    "width=4001",
    "width=1e2",
    "height=-5",
    "height=",
    "color=red",
    "color=%23ff5500",
    "color=ff55001"
  ])("is drawn as asked or not at all: %s", async (query) => {
    const { id } = await uploadWith(query)
    expectRefusal(await drawn(id, `?${query}`), 400, "VALIDATION_FAILED", query.split("=")[0])
  })

  it("of a private track is for those who may listen", async () => {
    const { id } = await uploadWith("Drawn in private")
    await artist.byToken.call("PUT", `${tracks}/${id}`, { json: { is_public: false } })
    expectRefusal(await drawn(id), 403, "TRACK_PRIVATE")
    const own = await drawn(id, "", artist.byToken)
    expect([own.status, own.headers.get("cache-control")]).toEqual([200, "private, max-age=2592000"])
    await product.query("UPDATE tracks SET waveform = NULL WHERE id = $1", id)
    expectRefusal(await drawn(id, "", artist.byToken), 404, "WAVEFORM_UNAVAILABLE")
  })
})

describe("loudness", () => {
  it("is told of every track that can be decoded", async () => {
    const { id } = await uploadWith("Loud")
    const { loudness } = await eventually("the loudness", async () => {
      const track = await read(id)
      return track.loudness !== null && track
    })
    expect(loudness?.integrated_lufs).toBeGreaterThan(-20)
    expect(loudness?.integrated_lufs).toBeLessThan(0)
    expect(loudness?.true_peak_dbtp).toBeGreaterThan(-10)
    expect(loudness?.range_lu).toBeLessThan(2)
  })

  it("is told of uncompressed sound only, where there is no ffmpeg", async () => {
    await product.workerProcess().stop()
    const worker = await product.addWorker({ FFMPEG_PATH: join(product.home, "no-ffmpeg") })
    const compressed = await uploadWith("Not decoded", { bytes: await photo() })
    const wav = await readFile(await makeAudio({ folder: product.home, format: "wav", seconds: 2, noise: true }))
    const plain = await uploadReady(artist.byToken, "Plain", { name: "plain.wav", bytes: wav })
    for (const { id } of [compressed, plain]) await settledTrack(product, id)
    expect((await read(plain.id)).loudness?.integrated_lufs).toBeLessThan(0)
    const bare = await read(compressed.id)
    expect([bare.loudness, bare.has_waveform, bare.has_cover]).toEqual([null, false, true])
    await worker.stop()
    await product.startWorker()
  })
})

describe("an account that goes", () => {
  it("takes the covers of its tracks along", async () => {
    const gone = await signUpCreator(product)
    const bytes = mp3With(mp3, { bytes: await photo() })
    const { id } = await uploadReady(gone.byToken, "Mine", { name: "mine.mp3", bytes })
    await eventually("the cover", async () => (await read(id, gone.byToken)).has_cover)
    expect(stored(gone)).toHaveLength(1)
    const json = { password: gone.password }
    const reply = await gone.byToken.call("DELETE", "/api/v1/users/me", { json })
    expect(reply.status).toBe(200)
    await eventually("the cover gone", () => stored(gone).length === 0)
  })
})
