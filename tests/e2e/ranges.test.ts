import { createHash, randomInt } from "node:crypto"
import { readFile } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { signUpCreator } from "../support/product/accounts.ts"
import { makeAudio } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { type Reply, Session } from "../support/product/session.ts"
import { uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

let product: Product
let guest: Session
let song: Buffer
let path: string
let etag: string
let modified: string

beforeAll(async () => {
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false" } })
  guest = new Session(product.url)
  song = await readFile(await makeAudio({ folder: product.home, format: "flac", seconds: 20, noise: true }))
  const creator = await signUpCreator(product)
  const { id } = await uploadReady(creator.byToken, "Ranged", { name: "r.flac", bytes: song })
  path = `/api/v1/tracks/${id}/stream`
  const whole = await guest.get(path)
  etag = whole.headers.get("etag") ?? ""
  modified = whole.headers.get("last-modified") ?? ""
})
afterAll(() => product.stop())

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")
const range = (value: string, more: Readonly<Record<string, string>> = {}): Promise<Reply> =>
  guest.get(path, { range: value, ...more })
const shifted = (date: string, seconds: number): string => new Date(Date.parse(date) + seconds * 1000).toUTCString()

/** The parts of a multipart/byteranges body: the range that each names, and its bytes. */
const partsOf = ({ headers, bytes }: Reply) => {
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(headers.get("content-type") ?? "")?.[1] ?? ""
  const parts = bytes.toString("latin1").split(`\r\n--${boundary}`)
  expect([parts[0], parts.at(-1)]).toEqual(["", "--\r\n"])
  return parts.slice(1, -1).map((part) => {
    const end = part.indexOf("\r\n\r\n")
    const head = part.slice(0, end)
    expect(head).toContain("Content-Type: audio/flac")
    return { range: /Content-Range: (.+)/.exec(head)?.[1], bytes: Buffer.from(part.slice(end + 4), "latin1") }
  })
}

describe("one range", () => {
  const cases: ReadonlyArray<readonly [string, (size: number) => readonly [number, number]]> = [
    ["bytes=0-0", () => [0, 0]],
    ["bytes=100-299", () => [100, 299]],
    ["bytes=-500", (n) => [n - 500, n - 1]],
    ["bytes=1000-", (n) => [1000, n - 1]],
    ["bytes=0-999999999999", (n) => [0, n - 1]],
    ["bytes=-999999999999", (n) => [0, n - 1]],
    ["BYTES = 5-9", () => [5, 9]]
  ]
  it.each(cases)("%s", async (asked, expected) => {
    const [first, last] = expected(song.length)
    const reply = await range(asked)
    expect(reply.status).toBe(206)
    expect(reply.headers.get("content-range")).toBe(`bytes ${first}-${last}/${song.length}`)
    expect(reply.headers.get("content-type")).toBe("audio/flac")
    expect(Number(reply.headers.get("content-length"))).toBe(last - first + 1)
    expect(reply.bytes.equals(song.subarray(first, last + 1))).toBe(true)
  })

  it.each(["bytes=9-5", "bytes=a-b", "bytes=-", "bytes", "seconds=0-1", "bytes=0-1,x"])(
    "%s is no range: the whole is sent",
    async (asked) => {
      const reply = await range(asked)
      expect([reply.status, reply.headers.get("accept-ranges"), sha256(reply.bytes)]).toEqual([
        200,
        "bytes",
        sha256(song)
      ])
    }
  )

  it.each([
    ["first byte beyond the end", (n: number) => `bytes=${n}-`],
    ["an empty suffix", () => "bytes=-0"]
  ] as const)("%s: 416 with the size", async (_what, asked) => {
    const reply = await range(asked(song.length))
    expect([reply.status, reply.headers.get("content-range")]).toEqual([416, `bytes */${song.length}`])
    expect(reply.headers.get("etag")).toBe(etag)
    expect(reply.headers.get("cache-control")).toBe("no-store")
  })
})

describe("several ranges", () => {
  it("come as multipart/byteranges, each part the bytes it names", async () => {
    const reply = await range("bytes=0-99,5000-5999,-50")
    expect([reply.status, reply.headers.get("content-range")]).toEqual([206, null])
    expect(Number(reply.headers.get("content-length"))).toBe(reply.bytes.length)
    const parts = partsOf(reply)
    expect(parts.map((part) => part.range)).toEqual([
      `bytes 0-99/${song.length}`,
      `bytes 5000-5999/${song.length}`,
      `bytes ${song.length - 50}-${song.length - 1}/${song.length}`
    ])
    expect(Buffer.concat(parts.map(({ bytes }) => bytes))).toEqual(
      Buffer.concat([song.subarray(0, 100), song.subarray(5000, 6000), song.subarray(-50)])
    )
  })

  it("that overlap or touch become one, those beyond the end are left out, and too many are ignored", async () => {
    expect((await range("bytes=0-9,5-19,20-29")).headers.get("content-range")).toBe(`bytes 0-29/${song.length}`)
    expect((await range("bytes=0-9,99999999999-")).headers.get("content-range")).toBe(`bytes 0-9/${song.length}`)
    const many = Array.from({ length: 300 }, (_, i) => `${i * 10}-${i * 10 + 1}`).join(",")
    expect((await range(`bytes=${many}`)).status).toBe(200)
  })
})

describe("preconditions", () => {
  it("If-Range lets a range count for the strong tag and the exact date only", async () => {
    expect((await range("bytes=0-9", { "if-range": etag })).status).toBe(206)
    expect((await range("bytes=0-9", { "if-range": modified })).status).toBe(206)
    for (const other of [`W/${etag}`, '"another"', shifted(modified, 1), shifted(modified, -1), "yesterday"]) {
      expect([other, (await range("bytes=0-9", { "if-range": other })).status]).toEqual([other, 200])
    }
    expect((await range(`bytes=${song.length}-`, { "if-range": '"another"' })).status).toBe(200)
  })

  it.each([
    ["If-None-Match that matches", () => ({ "if-none-match": `"x", W/${etag}` }), 304],
    ["If-None-Match: *", () => ({ "if-none-match": "*" }), 304],
    [
      "If-None-Match that does not match goes before a date that does",
      () => ({ "if-none-match": '"x"', "if-modified-since": modified }),
      200
    ],
    ["If-Modified-Since the very date", () => ({ "if-modified-since": modified }), 304],
    ["If-Modified-Since an earlier date", () => ({ "if-modified-since": shifted(modified, -1) }), 200],
    [
      "If-Match that matches goes before a date that does not",
      () => ({ "if-match": etag, "if-unmodified-since": shifted(modified, -9) }),
      200
    ],
    ["If-Match with a weak tag", () => ({ "if-match": `W/${etag}` }), 412],
    ["If-Match that fails goes before If-None-Match", () => ({ "if-match": '"x"', "if-none-match": etag }), 412],
    ["If-Unmodified-Since an earlier date", () => ({ "if-unmodified-since": shifted(modified, -1) }), 412],
    ["a range is looked at last", () => ({ "if-none-match": etag, range: "bytes=0-9" }), 304]
  ])("%s", async (_what, headers, status) => {
    const reply = await guest.get(path, headers())
    expect(reply.status).toBe(status)
    expect(reply.headers.get("cache-control")).toBe(status === 412 ? "no-store" : "public, max-age=604800")
    if (status === 304) expect([reply.headers.get("etag"), reply.bytes.length]).toEqual([etag, 0])
  })

  it("HEAD answers the headers of GET and no body; ranges are for GET alone", async () => {
    for (const asked of [{}, { "if-none-match": etag }]) {
      const get = await guest.get(path, asked)
      const range = { range: `bytes=${song.length}-` }
      const head = await guest.call("HEAD", path, { headers: { ...asked, ...range } })
      expect([head.status, head.bytes.length]).toEqual([get.status, 0])
      for (const name of [
        "content-length",
        "content-range",
        "accept-ranges",
        "etag",
        "last-modified",
        "cache-control",
        "vary"
      ]) {
        expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)])
      }
    }
  })

  it("the whole is cacheable for a week", async () => {
    expect((await guest.get(path)).headers.get("cache-control")).toBe("public, max-age=604800")
  })
})

describe("many readers", () => {
  it("two hundred at once get what they asked for", async () => {
    const asked = Array.from({ length: 200 }, () => {
      const first = randomInt(song.length - 70_000)
      return { first, last: first + randomInt(1, 70_000) }
    })
    const replies = await Promise.all(asked.map(({ first, last }) => range(`bytes=${first}-${last}`)))
    for (const [i, { first, last }] of asked.entries()) {
      expect(replies[i]?.status).toBe(206)
      expect(sha256(replies[i]?.bytes ?? Buffer.alloc(0))).toBe(sha256(song.subarray(first, last + 1)))
    }
  })

  it("who leave in the middle leak no descriptor", async () => {
    const api = product.apiProcess()
    await sleep(200)
    const before = api.descriptors ?? 0
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const leaving = new AbortController()
          const response = await fetch(new URL(path, product.url), { signal: leaving.signal })
          await response.body?.getReader().read()
          leaving.abort()
        })
      )
    }
    await eventually("the descriptors being closed", () => (api.descriptors ?? 0) <= before + 2)
    expect((await guest.get(path)).status).toBe(200)
  })
})
