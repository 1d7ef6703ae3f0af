import { randomUUID } from "node:crypto"
import { request } from "node:http"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUp } from "../support/product/accounts.ts"
import { failureOf, type Reply, Session } from "../support/product/session.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { allowedOrigin, type Product, startProduct } from "../support/product.ts"

type Headers = Readonly<Record<string, string>>
type Send = (headers: Headers) => Promise<Reply>

let product: Product
let guest: Session
let account: Account

beforeAll(async () => {
  product = await startProduct()
  guest = new Session(product.url)
  account = await signUp(product)
})
afterAll(() => product.stop())

const register = "/api/v1/auth/register"
const json = { "content-type": "application/json" }
const raw = (path: string, body: string | Uint8Array<ArrayBuffer>, more: Headers = json) =>
  ((headers) => guest.call("POST", path, { body, headers: { ...more, ...headers } })) satisfies Send
const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`
const oneMegabyte = 1024 * 1024
const padded = (bytes: number) => {
  const frame = '{"username":""}'
  return `{"username":"${"x".repeat(bytes - frame.length)}"}`
}
const person = { username: "somebody", email: "somebody@example.org", password: "a-good-long-one" }
const someId = randomUUID()
const foreignCursor = Buffer.from(JSON.stringify(["another", "2026-01-01T00:00:00.000Z", someId])).toString("base64url")

/** What is sent, and the refusal: status, code and the fields named in its details. */
const cases: ReadonlyArray<readonly [what: string, send: Send, status: number, code: string, fields?: string]> = [
  ["an unknown route", (h) => guest.get("/api/v1/nope", h), 404, "NOT_FOUND"],
  ["an unknown route with a strange path", (h) => guest.get("/api/v1/%2e%2e/etc/passwd%00", h), 404, "NOT_FOUND"],
  ["an unknown file of the API page", (h) => guest.get("/swagger/..%2f..%2fpackage.json", h), 404, "NOT_FOUND"],
  [
    "a method the path does not know",
    (h) => guest.call("PATCH", "/api/v1/tracks", { headers: h }),
    405,
    "METHOD_NOT_ALLOWED"
  ],
  ["an id that is no UUID", (h) => guest.get("/api/v1/tracks/xyz", h), 400, "VALIDATION_FAILED", "id"],
  ["an id nobody has", (h) => guest.get(`/api/v1/tracks/${someId}`, h), 404, "TRACK_NOT_FOUND"],
  ["a limit of 0", (h) => guest.get("/api/v1/tracks?limit=0", h), 400, "VALIDATION_FAILED", "limit"],
  ["a limit of 101", (h) => guest.get("/api/v1/tracks?limit=101", h), 400, "VALIDATION_FAILED", "limit"],
  [
    "a page and a limit that are no numbers",
    (h) => guest.get("/api/v1/tracks?limit=a&page=b", h),
    400,
    "VALIDATION_FAILED",
    "limit,page"
  ],
  ["a page too deep", (h) => guest.get("/api/v1/tracks?limit=100&page=101", h), 400, "PAGE_TOO_DEEP", "page"],
  [
    "a cursor of another list",
    (h) => guest.get(`/api/v1/tracks?cursor=${foreignCursor}`, h),
    400,
    "INVALID_CURSOR",
    "cursor"
  ],
  ["a cursor that is none", (h) => guest.get("/api/v1/tracks?cursor=%F0%9F%8E%B5", h), 400, "INVALID_CURSOR", "cursor"],
  ["text with NUL in a filter", (h) => guest.get("/api/v1/tracks?genre=a%00b", h), 400, "VALIDATION_FAILED", "genre"],
  ["the same key twice", raw(register, '{"username":"a","username":"b"}'), 400, "VALIDATION_FAILED", "body"],
  ["the same key twice, once escaped", raw(register, String.raw`{"a":1,"\u0061":2}`), 400, "VALIDATION_FAILED", "body"],
  ["nesting of depth 33", raw(register, nested(33)), 400, "VALIDATION_FAILED", "body"],
  ["a body of 1 MiB and a byte", raw(register, padded(oneMegabyte + 1)), 413, "BODY_TOO_LARGE"],
  [
    "the wrong content type",
    raw(register, JSON.stringify(person), { "content-type": "text/plain" }),
    415,
    "UNSUPPORTED_MEDIA_TYPE"
  ],
  [
    "a body that is no UTF-8",
    raw(register, new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
    400,
    "VALIDATION_FAILED",
    "body"
  ],
  ["a body that is no JSON", raw(register, "{username: 1}"), 400, "VALIDATION_FAILED", "body"],
  ["no token", (h) => guest.get("/api/v1/auth/me", h), 401, "UNAUTHENTICATED"],
  ["a token that is none", (h) => new Session(product.url, "abc").get("/api/v1/auth/me", h), 401, "INVALID_TOKEN"],
  ["a listener's upload", (h) => account.byToken.call("POST", "/api/v1/tracks", { headers: h }), 403, "FORBIDDEN"],
  [
    "a listener who administers",
    (h) => account.byToken.call("PUT", "/api/v1/admin/maintenance", { json: { maintenance: true }, headers: h }),
    403,
    "FORBIDDEN"
  ]
]

describe.each([
  { whose: "an allowed origin", origin: allowedOrigin, shown: allowedOrigin },
  { whose: "a foreign origin", origin: "https://evil.example", shown: null }
])("bad input from $whose is refused with the envelope", ({ origin, shown }) => {
  for (const [what, send, status, code, fields] of cases) {
    it(`${what}: ${status} ${code}`, async () => {
      const reply = await send({ origin })
      expectRefusal(reply, status, code, fields)
      expect(reply.headers.get("access-control-allow-origin")).toBe(shown)
      expect(reply.headers.get("vary")).toMatch(/\bOrigin\b/)
    })
  }
})

describe("bodies within the bounds", () => {
  it("nesting of depth 32 and a body of exactly 1 MiB are read, and judged by their fields", async () => {
    expectRefusal(await raw(register, nested(32))({}), 400, "VALIDATION_FAILED", "email,password,username")
    expectRefusal(await raw(register, padded(oneMegabyte))({}), 400, "VALIDATION_FAILED", "email,password,username")
  })

  it("names every faulty field of a registration at once", async () => {
    const reply = await guest.post(register, { username: "A", email: 1, password: "x", birthdate: "2001-02-30" })
    expectRefusal(reply, 400, "VALIDATION_FAILED", "birthdate,email,username")
  })

  it("refuses NUL and lone surrogates in text, however they are written", async () => {
    const password = { ...person, password: "a-good-\0-long-one" }
    expectRefusal(await guest.post(register, password), 400, "VALIDATION_FAILED", "password")
    const surrogate = raw(register, JSON.stringify(person).replace("somebody@", String.raw`some\ud800body@`))
    expectRefusal(await surrogate({}), 400, "VALIDATION_FAILED", "email")
  })

  it("tells the methods of a path, and answers HEAD wherever GET is", async () => {
    const reply = await guest.call("DELETE", "/api/v1/tracks")
    expect(reply.headers.get("allow")?.split(", ").toSorted()).toEqual(["GET", "HEAD", "POST"])
    const head = await guest.call("HEAD", "/api/v1/tracks")
    expect([head.status, head.bytes.length]).toEqual([200, 0])
  })

  it("answers methods and targets that nobody uses like any other that is not there", async () => {
    const asked = (method: string, path: string) =>
      new Promise<{ readonly status: number | undefined; readonly allow: string | undefined; readonly code: string }>(
        (resolve, reject) => {
          const { hostname, port } = new URL(product.url)
          const sent = request({ hostname, port, method, path }, async (reply) => {
            const chunks: Array<Buffer> = []
            for await (const chunk of reply) chunks.push(chunk)
            const { code } = failureOf({ json: JSON.parse(Buffer.concat(chunks).toString()) })
            resolve({ status: reply.statusCode, allow: reply.headers.allow, code })
          })
          sent.on("error", reject).end()
        }
      )
    const unknown = { status: 404, allow: undefined, code: "NOT_FOUND" }
    for (const target of ["any://", "any://host", "http://host", "*", "//api/v1/tracks"]) {
      expect([target, await asked("GET", target)]).toEqual([target, unknown])
    }
    for (const method of ["OPTIONS", "PROPFIND", "DELETE"]) {
      expect([method, await asked(method, "/api/v1/nope")]).toEqual([method, unknown])
    }
    const known = { status: 405, allow: "HEAD, GET", code: "METHOD_NOT_ALLOWED" }
    for (const method of ["PROPFIND", "PUT"]) expect(await asked(method, "/api/v1/auth/me")).toEqual(known)
  })

  it("takes over a request id that is sane, and no other", async () => {
    expect((await guest.get("/api/v1/nope", { "x-request-id": "mine-1" })).headers.get("x-request-id")).toBe("mine-1")
    expect((await guest.get("/api/v1/nope", { "x-request-id": "a b" })).headers.get("x-request-id")).not.toBe("a b")
  })

  it("lets a preflight of an allowed origin pass and tells a foreign one nothing", async () => {
    const headers = { "access-control-request-method": "PUT", "access-control-request-headers": "authorization" }
    const mine = await guest.call("OPTIONS", "/api/v1/admin/maintenance", {
      headers: { ...headers, origin: allowedOrigin }
    })
    expect([mine.status, mine.headers.get("access-control-allow-origin")]).toEqual([204, allowedOrigin])
    expect(mine.headers.get("access-control-allow-methods")).toContain("PUT")
    const foreign = await guest.call("OPTIONS", "/api/v1/admin/maintenance", {
      headers: { ...headers, origin: "https://evil.example" }
    })
    expect(foreign.headers.get("access-control-allow-origin")).toBeNull()
  })
})
