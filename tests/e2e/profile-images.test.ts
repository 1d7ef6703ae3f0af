import { globSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ProfileView } from "@veza/http-koa/contract"
import { type Account, signUp } from "../support/product/accounts.ts"
import { aboutImage, animation, meanColour, photo, picture, pngBomb, svg } from "../support/product/images.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, type Reply, Session } from "../support/product/session.ts"
import { uploadForm } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const avatarPath = "/api/v1/users/me/avatar"
const bannerPath = "/api/v1/users/me/banner"

let product: Product
let guest: Session
let artist: Account

beforeAll(async () => {
  product = await startProduct({ apis: 2 })
  guest = new Session(product.url)
  artist = await signUp(product)
})
afterAll(() => product.stop())

const form = (bytes: Buffer, name = "image.jpg", field = "file") => uploadForm({}, { name, bytes, field })
const sendForm = (caller: Session, path: string, bytes: Buffer, name?: string): Promise<Reply> =>
  caller.call("PUT", path, { body: form(bytes, name) })
const sendRaw = (caller: Session, path: string, bytes: Buffer, type = "image/png"): Promise<Reply> =>
  caller.call("PUT", path, { body: new Uint8Array(bytes), headers: { "content-type": type } })
const stored = (id: string) => globSync(`images/${id}/*`, { cwd: join(product.home, "uploads") })
const shownBy = (reply: Reply) => dataOf(ProfileView, reply)

describe("an avatar and a banner", () => {
  it("are drawn anew from what is sent, as a form or as it is, and shown to everybody", async () => {
    const { avatar_url: avatarUrl } = shownBy(await sendForm(artist.byToken, avatarPath, await photo()))
    const { banner_url: bannerUrl } = shownBy(await sendRaw(artist.byToken, bannerPath, await picture("png")))
    expect(avatarUrl).toMatch(new RegExp(`^/api/v1/users/${artist.id}/avatar\\?v=[0-9a-f]{16}$`, "u"))
    const avatar = await guest.get(avatarUrl ?? "")
    expect(avatar.status).toBe(200)
    expect(Object.fromEntries(avatar.headers)).toMatchObject({
      "content-type": "image/webp",
      "cache-control": "public, max-age=2592000",
      "x-content-type-options": "nosniff"
    })
    const about = { format: "webp", hasMetadata: false }
    expect(await aboutImage(avatar.bytes)).toMatchObject({ ...about, width: 512, height: 512 })
    expect(avatar.bytes.includes("Somebody Secret")).toBe(false)
    const banner = await guest.get(bannerUrl ?? "")
    expect(await aboutImage(banner.bytes)).toMatchObject({ ...about, width: 1500, height: 500 })
    const etag = avatar.headers.get("etag") ?? ""
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/u)
    expect((await guest.get(avatarUrl ?? "", { "if-none-match": etag })).status).toBe(304)
    const head = await guest.call("HEAD", avatarUrl ?? "")
    expect([head.status, head.bytes.length, head.headers.get("etag")]).toEqual([200, 0, etag])
  })

  it("follow a change everywhere, and the former file is gone", async () => {
    const before = stored(artist.id)
    const { avatar_url: url } = shownBy(await sendForm(artist.byToken, avatarPath, await animation(), "a.gif"))
    const after = stored(artist.id)
    expect(after).toHaveLength(before.length)
    expect(after).not.toEqual(before)
    const shown = await eventually(
      "the new avatar at the other process",
      async () => {
        const reply = await guest.at(product.api(1)).get(url ?? "")
        const [red = 0] = reply.status === 200 ? await meanColour(reply.bytes) : []
        return red > 240 && reply
      },
      promptly
    )
    expect((await aboutImage(shown.bytes)).format).toBe("webp")
  })

  it("sent twice at once leave one file that is shown, and what lost is found by the sweep", async () => {
    const fresh = await signUp(product)
    const image = await picture("webp")
    const replies = await Promise.all([1, 2].map(() => sendForm(fresh.byToken, avatarPath, image)))
    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    const noted = await product.query(
      "SELECT storage_key FROM image_files WHERE storage_key LIKE $1",
      `images/${fresh.id}/%`
    )
    expect(stored(fresh.id).toSorted()).toEqual(noted.map((row) => Object.values(Object(row)).join("")).toSorted())
    expect((await guest.get(`/api/v1/users/${fresh.id}/avatar`)).status).toBe(200)
  })

  it("are taken away, twice if need be", async () => {
    const fresh = await signUp(product)
    await sendForm(fresh.byToken, avatarPath, await picture("avif"))
    for (const _ of [1, 2]) {
      expect(shownBy(await fresh.byToken.call("DELETE", avatarPath)).avatar_url).toBeNull()
    }
    expect(stored(fresh.id)).toEqual([])
    expectRefusal(await guest.get(`/api/v1/users/${fresh.id}/avatar`), 404, "IMAGE_NOT_FOUND")
    expectRefusal(await guest.get(`/api/v1/users/${fresh.id}/banner`), 404, "IMAGE_NOT_FOUND")
  })

  it("of a private profile are shown to its owner only", async () => {
    const shy = await signUp(product)
    await sendForm(shy.byToken, avatarPath, await photo())
    await shy.byToken.call("PUT", `/api/v1/users/${shy.id}`, { json: { is_private: true } })
    expectRefusal(await guest.get(`/api/v1/users/${shy.id}/avatar`), 404, "IMAGE_NOT_FOUND")
    const own = await shy.byToken.get(`/api/v1/users/${shy.id}/avatar`)
    expect(own.headers.get("cache-control")).toBe("private, max-age=2592000")
    await rm(join(product.home, "uploads", stored(shy.id)[0] ?? ""))
    expectRefusal(await shy.byToken.get(`/api/v1/users/${shy.id}/avatar`), 404, "IMAGE_NOT_FOUND")
  })
})

describe("an image that cannot be used leaves everything as it was", () => {
  const noise = (length: number) => Buffer.alloc(length, 7)
  it.each([
    ["text that is called .jpg", () => Buffer.from("just words\n".repeat(100)), 415, "UNSUPPORTED_IMAGE"],
    ["SVG", () => svg, 415, "UNSUPPORTED_IMAGE"],
    ["TIFF", () => picture("tiff"), 415, "UNSUPPORTED_IMAGE"],
    ["an empty file", () => Buffer.alloc(0), 415, "UNSUPPORTED_IMAGE"],
    ["half a photograph", async () => (await photo()).subarray(0, 9000), 415, "UNSUPPORTED_IMAGE"],
    [
      "the head of a PNG and noise",
      async () => Buffer.concat([(await picture("png")).subarray(0, 33), noise(999)]),
      415,
      "UNSUPPORTED_IMAGE"
    ],
    ["a bomb", () => pngBomb(20_000), 422, "IMAGE_TOO_LARGE"],
    ["more than 5 MB", () => noise(5 * 1024 * 1024 + 1), 413, "FILE_TOO_LARGE"]
  ])("%s", async (_what, bytes, status, code) => {
    const before = stored(artist.id)
    const image = await bytes()
    expectRefusal(await sendForm(artist.byToken, avatarPath, image), status, code, "file")
    expectRefusal(await sendRaw(artist.byToken, bannerPath, image), status, code, "file")
    expect(stored(artist.id)).toEqual(before)
  })

  it("a body that is no form and no image, a form without a file, with two, or with another field", async () => {
    const call = (body: RequestInit["body"], headers = {}) =>
      artist.byToken.call("PUT", avatarPath, { ...(body ? { body } : {}), headers })
    expectRefusal(await call("{}", { "content-type": "application/json" }), 415, "UNSUPPORTED_MEDIA_TYPE")
    expectRefusal(await call(uploadForm({ a: "b" })), 400, "VALIDATION_FAILED", "file")
    const image = await photo()
    expectRefusal(await call(form(image, "x.jpg", "picture")), 400, "VALIDATION_FAILED", "picture")
    const two = form(image)
    two.append("file", new Blob(["x"]), "y.jpg")
    expectRefusal(await call(two), 400, "VALIDATION_FAILED", "file")
    const broken = { "content-type": "multipart/form-data; boundary=x" }
    expectRefusal(await call("no form", broken), 400, "VALIDATION_FAILED")
    expectRefusal(await guest.call("PUT", avatarPath, { body: form(image) }), 401, "UNAUTHENTICATED")
  })
})
