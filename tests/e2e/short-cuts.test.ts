import { readFile } from "node:fs/promises"
import { request } from "node:http"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startGeneralHost } from "../support/general-host.ts"
import { type Account, logIn, signUp, signUpCreator } from "../support/product/accounts.ts"
import { makeKey, strangeKey } from "../support/product/api-keys.ts"
import { makeAudio } from "../support/product/audio.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { uploadReady } from "../support/product/upload.ts"
import { allowedOrigin, type Product, startProduct } from "../support/product.ts"

/** An answer as it goes over the wire, without what every answer has of its own. */
interface Answer {
  readonly status: number | undefined
  readonly headers: ReadonlyArray<string>
  readonly body: string
}
interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

const boundary = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/u
/** What tells the time, or how many have asked before. */
const ofTheMoment = new Set(["date", "x-ratelimit-remaining", "x-ratelimit-reset"])

const ask = (base: string, { method, path, headers }: Asked): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(new URL(path, base), { method, headers: { "x-request-id": "same", ...headers } }, (reply) => {
      const chunks: Array<Buffer> = []
      reply.on("data", (chunk: Buffer) => chunks.push(chunk))
      reply.on("error", reject)
      reply.on("end", () => {
        const own = boundary.exec(reply.headers["content-type"] ?? "")?.[0]
        const alike = (text: string) => (own === undefined ? text : text.replaceAll(own, "boundary"))
        const names = reply.rawHeaders.flatMap((name, at) => {
          if (at % 2 === 1) return []
          const lower = name.toLowerCase()
          return `${lower}: ${ofTheMoment.has(lower) ? "" : alike(reply.rawHeaders[at + 1] ?? "")}`
        })
        const body = alike(Buffer.concat(chunks).toString("latin1"))
        resolve({ status: reply.statusCode, headers: names.toSorted(), body })
      })
    })
    sent.on("error", reject).end()
  })

let product: Product
let generalHost: Awaited<ReturnType<typeof startGeneralHost>>
let creator: Account
let tracks: ReadonlyArray<string>
let tags: ReadonlyArray<string>
let credentials: ReadonlyArray<Readonly<Record<string, string>>>

const stream = (id: string) => `/api/v1/tracks/${id}/stream`
const me = "/api/v1/auth/me"
const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token ?? ""}` })
const cookie = (token: string | undefined) => ({ cookie: `access_token=${token ?? ""}` })

/** Asks until what may be kept in memory is kept. */
const warm = async (asked: Asked): Promise<void> => {
  for (let i = 0; i < 4; i++) await ask(product.url, asked)
}
/** The address as only the router knows it, which finds a route by trying every pattern. */
const detour = (path: string): string => path.replace(/(?=\?|$)/u, "/")
const both = async (asked: Asked) => {
  const general = { ...asked, path: detour(asked.path) }
  const [quick, slow] = await Promise.all([ask(product.url, asked), ask(generalHost.url, general)])
  return { quick, slow }
}

beforeAll(async () => {
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false" } })
  generalHost = await startGeneralHost(product.home, product.env)
  creator = await signUpCreator(product)
  const listener = await signUp(product)
  const banned = await signUp(product)
  const gone = await logIn(product.url, listener)
  const make = async (title: string) => {
    const song = await readFile(await makeAudio({ folder: product.home, format: "flac", seconds: 1, noise: true }))
    return (await uploadReady(creator.byToken, title, { name: "s.flac", bytes: song })).id
  }
  const [open, hidden, blocked] = [await make("Open"), await make("Hidden"), await make("Blocked")]
  const { key } = await makeKey(creator, { scopes: ["read"] })
  tracks = [open, open, hidden, blocked, open.toUpperCase(), crypto.randomUUID(), "none"]
  for (const id of [open, hidden, blocked]) await warm({ method: "GET", path: stream(id), headers: {} })
  for (const { byToken } of [listener, banned, creator, gone])
    await warm({ method: "GET", path: me, headers: bearer(byToken.token) })
  await gone.byToken.post("/api/v1/auth/logout")
  await product.query("UPDATE users SET is_banned = true WHERE id = $1", banned.id)
  await product.query("UPDATE tracks SET is_public = false WHERE id = $1", hidden)
  await product.query("UPDATE tracks SET blocked_at = now() WHERE id = $1", blocked)
  await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic IN ('accounts', 'tracks')")
  const isSettled = async () => {
    const asked = [
      { method: "GET", path: me, headers: bearer(banned.byToken.token) },
      { method: "GET", path: stream(hidden), headers: {} },
      { method: "GET", path: stream(blocked), headers: {} }
    ]
    const statuses = await Promise.all(
      asked.flatMap((one) => [product.url, generalHost.url].map((url) => ask(url, one)))
    )
    return statuses.map(({ status }) => status).join() === "401,401,403,403,451,451"
  }
  await eventually("what was changed by hand", isSettled, promptly)
  tags = [(await ask(product.url, { method: "HEAD", path: stream(open), headers: {} })).headers.join("\n")].map(
    (all) => /etag: (\S+)/u.exec(all)?.[1] ?? ""
  )
  const token = listener.byToken.token ?? ""
  credentials = [
    {},
    cookie(token),
    bearer(token),
    { ...cookie(""), ...bearer(token) },
    { ...cookie("rubbish"), ...bearer(token) },
    bearer(creator.byToken.token),
    cookie(creator.byToken.token),
    bearer(gone.byToken.token),
    bearer(banned.byToken.token),
    bearer(`${token.slice(0, -2)}AA`),
    bearer(token.replace(/^[^.]+/u, "e30")),
    { "x-api-key": key },
    bearer(key),
    bearer(strangeKey()),
    { "x-api-key": strangeKey() }
  ]
})
afterAll(async () => {
  await generalHost?.stop()
  await product?.stop()
})

const oneOf = <A>(values: ReadonlyArray<A>) => fc.constantFrom(...values)
const header = (name: string, values: ReadonlyArray<string>, absent = 8) =>
  fc.oneof({ weight: absent, arbitrary: fc.constant({}) }, oneOf(values.map((value) => ({ [name]: value }))))

const requests = () =>
  fc
    .record({
      method: oneOf(["GET", "GET", "GET", "HEAD"]),
      path: fc.oneof(
        { weight: 3, arbitrary: fc.constant(me) },
        { weight: 6, arbitrary: oneOf(tracks.map(stream)) },
        oneOf(tracks.map((id) => `/api/v1/tracks/${id}`)),
        fc.constant("/api/v1/tracks")
      ),
      query: oneOf(["", "", "", "", "", "", "?share=unknown", "?limit=1", "?share=a&share=b"]),
      who: oneOf(credentials),
      range: header("range", ["bytes=0-9", "bytes=5-", "bytes=-7", "bytes=0-1,5-6", "bytes=999999999-", "bytes=x"], 1),
      ifRange: header("if-range", [...tags, '"other"']),
      ifNoneMatch: header("if-none-match", [...tags, '"other"', "*"]),
      ifMatch: header("if-match", [...tags, '"other"', "*"]),
      since: header("if-modified-since", [new Date().toUTCString(), new Date(0).toUTCString(), "soon"]),
      origin: header("origin", [allowedOrigin, "https://elsewhere.example"]),
      gpc: header("sec-gpc", ["1"]),
      requestId: header("x-request-id", ["a b", "x".repeat(200), "fine-1"])
    })
    .map(({ method, path, query, who, ...more }) => ({
      method,
      path: `${path}${query}`,
      headers: Object.assign({}, who, ...Object.values(more)) as Record<string, string>
    }))

describe("an answer that is known at the call", () => {
  it("is the answer of the general way, every header and byte of it", async () => {
    const seen = new Set<number | undefined>()
    await fc.assert(
      fc.asyncProperty(requests(), async (asked) => {
        const { quick, slow } = await both(asked)
        if (asked.headers["x-request-id"] === undefined || asked.headers["x-request-id"] === "fine-1")
          expect(quick).toEqual(slow)
        else expect(quick.status).toBe(slow.status)
        seen.add(quick.status)
      }),
      { numRuns: 600 }
    )
    for (const status of [200, 206, 304, 401, 403, 404, 451]) expect(seen.has(status), String(status)).toBe(true)
  })
})
