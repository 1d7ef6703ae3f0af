import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TrackView } from "@veza/http-koa/contract"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { makeAudio } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { picture } from "../support/product/images.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const frontEnd = "https://veza.example/app"
const api = "https://api.veza.example"
const nasty = `</script><img src=x onerror=alert(1)>"'&\u0001`
const absent = "3f0e7f0c-5d0f-4c0b-8f57-7d0f7a7b1f11"

let product: Product
let guest: Session
let artist: Account
let open: TrackView
let secret: TrackView

beforeAll(async () => {
  const env = { CLAMAV_REQUIRED: "false", FRONTEND_URL: `${frontEnd}/`, PUBLIC_URL: api }
  product = await startProduct({ env })
  guest = new Session(product.url)
  artist = await signUpCreator(product)
  const upload = async (title: string) => {
    const file = await makeAudio({ folder: product.home, format: "wav", seconds: 2 })
    return uploadReady(artist.byToken, title, { name: "a.wav", bytes: await readFile(file) })
  }
  open = await upload(nasty)
  secret = await upload("Secret")
  await artist.byToken.call("PUT", `/api/v1/tracks/${open.id}`, { json: { artist: `<b>${nasty}` } })
  await artist.byToken.call("PUT", `/api/v1/tracks/${secret.id}`, { json: { is_public: false } })
  const body = new Uint8Array(await picture("png"))
  const headers = { "content-type": "image/png" }
  open = dataOf(TrackView, await artist.byToken.call("PUT", `/api/v1/tracks/${open.id}/cover`, { body, headers }))
})
afterAll(() => product?.stop())

const player = (id: string, session: Session = guest, headers = {}) => session.get(`/embed/tracks/${id}`, headers)
const directives = (policy: string | null): ReadonlyMap<string, string> =>
  new Map((policy ?? "").split("; ").map((one) => [one.split(" ")[0] ?? "", one.slice(one.indexOf(" ") + 1)]))
const sha256 = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

describe("the player's page", () => {
  it("may be framed by anybody, loads only what is ours, and leaves no trace", async () => {
    const { status, headers, bytes } = await player(open.id)
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"])
    expect(headers.get("x-frame-options")).toBeNull()
    expect(headers.get("set-cookie")).toBeNull()
    expect(headers.get("referrer-policy")).toBe("no-referrer")
    expect(headers.get("x-content-type-options")).toBe("nosniff")
    expect(headers.get("cache-control")).toBe("no-cache")
    const html = bytes.toString()
    const policy = directives(headers.get("content-security-policy"))
    expect(Object.fromEntries(policy)).toEqual({
      "default-src": "'none'",
      "script-src": sha256(/<script>([^]*?)<\/script>/u.exec(html)?.[1] ?? ""),
      "style-src": sha256(/<style>([^]*?)<\/style>/u.exec(html)?.[1] ?? ""),
      "img-src": "'self'",
      "media-src": "'self'",
      "base-uri": "'none'",
      "form-action": "'none'",
      "frame-ancestors": "*"
    })
    expect([...html.matchAll(/<(script|style|iframe|object|embed|form|base)\b/gu)].map(([, tag]) => tag)).toEqual([
      "style",
      "script"
    ])
    const elsewhere = [...html.matchAll(/(?:src|href)="([^"#]*)"/gu)].map(([, address = ""]) => address)
    expect(elsewhere.filter((address) => !address.startsWith("/api/v1/tracks/"))).toEqual([
      expect.stringMatching(/^https:\/\/api\.veza\.example\/oembed\?url=.*&amp;format=json$/u),
      expect.stringMatching(/^https:\/\/api\.veza\.example\/oembed\?url=.*&amp;format=xml$/u),
      `${frontEnd}/tracks/${open.id}`,
      frontEnd
    ])
  })

  it("is the only page that may be framed", async () => {
    for (const path of ["/swagger/index.html", "/healthz", `/api/v1/tracks/${open.id}`, `/oembed?url=${api}`]) {
      const { headers } = await guest.get(path)
      expect([path, headers.get("content-security-policy")]).toEqual([
        path,
        expect.stringContaining("frame-ancestors 'none'")
      ])
      expect([path, headers.get("x-frame-options")]).toEqual([path, "DENY"])
    }
  })

  it("shows names as text, whatever stands in them", async () => {
    const html = (await player(open.id)).bytes.toString()
    const escaped = "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\ufffd"
    expect(html.split(escaped).length - 1).toBeGreaterThanOrEqual(4)
    expect(html).not.toContain("<img src=x")
    expect(html).not.toContain("<b>")
    expect(html).not.toContain("\u0001")
  })

  it("is asked for again only when it changed, and shows a change at once", async () => {
    const { headers } = await player(open.id)
    const tag = { "if-none-match": headers.get("etag") ?? "" }
    const again = await player(open.id, guest, tag)
    expect([again.status, again.bytes.length, again.headers.get("x-frame-options")]).toEqual([304, 0, null])
    const head = await guest.call("HEAD", `/embed/tracks/${open.id}`)
    expect([head.status, head.bytes.length, head.headers.get("etag")]).toEqual([200, 0, headers.get("etag")])
    await artist.byToken.call("PUT", `/api/v1/tracks/${open.id}`, { json: { genre: "Jazz", album: "Changed" } })
    await artist.byToken.call("PUT", `/api/v1/tracks/${open.id}`, { json: { artist: "Somebody" } })
    const changed = await player(open.id, guest, tag)
    expect([changed.status, changed.bytes.toString().includes(">Somebody</p>")]).toEqual([200, true])
  })

  it("tells people what is not to be shown, its owner too, and programs why", async () => {
    const refused: ReadonlyArray<readonly [string, Session, number, string]> = [
      [secret.id, guest, 403, "TRACK_PRIVATE"],
      [secret.id, artist.byToken, 403, "TRACK_PRIVATE"],
      [secret.id, artist.byCookie, 403, "TRACK_PRIVATE"],
      [absent, guest, 404, "TRACK_NOT_FOUND"]
    ]
    for (const [id, who, status, code] of refused) {
      const reply = await player(id, who)
      expect([reply.status, reply.headers.get("content-type")]).toEqual([status, "text/html; charset=utf-8"])
      expect(reply.headers.get("cache-control")).toBe("no-store")
      expect(reply.headers.get("content-security-policy")).toContain("frame-ancestors *")
      expect(reply.headers.get("x-frame-options")).toBeNull()
      const html = reply.bytes.toString()
      expect(html).toContain(`<body data-error="${code}">`)
      expect(html).toMatch(/<html lang="en">[^]*<title>[^<]+<\/title>[^]*<main[^]*<h1>[^<]+<\/h1>/u)
      expect(html).not.toContain("Secret")
    }
    expectRefusal(await player("x"), 400, "VALIDATION_FAILED", "id")
  })

  it("tells of a track that is blocked why it is, as oEmbed does", async () => {
    const block = async (at: "now()" | "NULL") => {
      await product.query(`UPDATE tracks SET blocked_at = ${at} WHERE id = $1`, open.id)
    }
    await block("now()")
    const reply = await player(open.id)
    expect([reply.status, reply.headers.get("link")]).toEqual([451, expect.stringContaining('rel="blocked-by"')])
    expect(reply.bytes.toString()).toContain('<body data-error="UNAVAILABLE_FOR_LEGAL_REASONS">')
    expectRefusal(await asked(`${frontEnd}/tracks/${open.id}`), 451, "UNAVAILABLE_FOR_LEGAL_REASONS")
    await block("NULL")
  })

  it("is no way to a track that is not ready", async () => {
    await product.query("UPDATE tracks SET status = 'rejected' WHERE id = $1", secret.id)
    await product.query("UPDATE tracks SET is_public = true WHERE id = $1", secret.id)
    const rejected = await eventually("the track gone", async () => {
      const reply = await player(secret.id)
      return reply.status === 404 && reply
    })
    expect(rejected.bytes.toString()).toContain("TRACK_NOT_FOUND")
    await product.query("UPDATE tracks SET status = 'ready', is_public = false WHERE id = $1", secret.id)
  })
})

const Embedding = Schema.Struct({
  type: Schema.Literal("rich"),
  version: Schema.Literal("1.0"),
  title: Schema.String,
  author_name: Schema.String,
  provider_name: Schema.Literal("Veza"),
  provider_url: Schema.Literal(frontEnd),
  cache_age: Schema.Int,
  thumbnail_url: Schema.optionalKey(Schema.String),
  thumbnail_width: Schema.optionalKey(Schema.Int),
  thumbnail_height: Schema.optionalKey(Schema.Int),
  html: Schema.String,
  width: Schema.Int,
  height: Schema.Int
})
const asked = (url: string, more = "") => guest.get(`/oembed?url=${encodeURIComponent(url)}${more}`)

describe("oEmbed", () => {
  it("says how to show a track, asked by its page or its player", async () => {
    for (const url of [`${frontEnd}/tracks/${open.id}`, `${api}/embed/tracks/${open.id}`]) {
      const { status, headers, json } = await asked(url)
      expect([status, headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"])
      const said = Schema.decodeUnknownSync(Embedding)(json)
      expect([said.title, said.width, said.height]).toEqual([nasty, 600, 152])
      expect(said.thumbnail_url).toBe(`${api}${open.cover_url}`)
      expect(said.html).toContain(`<iframe src="${api}/embed/tracks/${open.id}" width="600" height="152" title="&lt;`)
      expect(said.html).not.toContain("<img")
    }
  })

  it("is found by the link in the player's page", async () => {
    const html = (await player(open.id)).bytes.toString()
    const [, href = ""] = /<link rel="alternate" type="application\/json\+oembed" href="([^"]+)"/u.exec(html) ?? []
    const { pathname, search } = new URL(href.replaceAll("&amp;", "&"))
    expect(Schema.decodeUnknownSync(Embedding)((await guest.get(pathname + search)).json).width).toBe(600)
  })

  it("keeps to the room there is", async () => {
    const { json } = await asked(`${frontEnd}/tracks/${open.id}`, "&maxwidth=320&maxheight=120")
    const said = Schema.decodeUnknownSync(Embedding)(json)
    expect([said.width, said.height, said.thumbnail_url]).toEqual([320, 120, undefined])
  })

  it("speaks XML too, and owns to what it does not speak", async () => {
    const url = `${frontEnd}/tracks/${open.id}`
    const { status, headers, bytes } = await asked(url, "&format=xml")
    expect([status, headers.get("content-type")]).toEqual([200, "text/xml; charset=utf-8"])
    expect(bytes.toString()).toContain("<title>&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;")
    for (const format of ["yaml", "JSON", ""]) {
      expectRefusal(await asked(url, `&format=${format}`), 501, "EMBEDDING_FORMAT_UNKNOWN", "format")
    }
    expect(product.apiProcess().log).not.toMatch(/"level":\s*(?:50|"error")/iu)
  })

  it("is kept by whoever asked until it changes", async () => {
    const { headers } = await asked(`${frontEnd}/tracks/${open.id}`)
    const url = `/oembed?url=${encodeURIComponent(`${frontEnd}/tracks/${open.id}`)}`
    expect((await guest.get(url, { "if-none-match": headers.get("etag") ?? "" })).status).toBe(304)
    expect(headers.get("cache-control")).toBe("no-cache")
  })

  it("knows our own tracks only, and tells nothing of those that are not for everybody", async () => {
    for (const url of [
      "https://evil.example/tracks/x",
      `https://evil.example/app/tracks/${open.id}`,
      frontEnd,
      "x",
      ""
    ]) {
      expectRefusal(await asked(url), 404, "NOTHING_TO_EMBED")
    }
    expectRefusal(await asked(`${frontEnd}/tracks/${absent}`), 404, "TRACK_NOT_FOUND")
    expectRefusal(await asked(`${frontEnd}/tracks/${secret.id}`), 403, "TRACK_PRIVATE")
    expectRefusal(await guest.get("/oembed"), 400, "VALIDATION_FAILED", "url")
    expectRefusal(await asked(frontEnd, "&maxwidth=0"), 400, "VALIDATION_FAILED", "maxwidth")
  })
})
