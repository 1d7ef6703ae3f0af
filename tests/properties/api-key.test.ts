import { crc32 } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { claimsToBeApiKey, composeApiKey, isWellFormedApiKey, prefixOfApiKey } from "@veza/domain/accounts"
import { KeyScope } from "@veza/domain/kernel"
import { isRead, scopesReach } from "@veza/http-koa/koa/key-scopes"

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const valueOf = (text: string): bigint => [...text].reduce((sum, char) => sum * 62n + BigInt(digits.indexOf(char)), 0n)

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
const extremes = fc.constantFrom(new Uint8Array(32), new Uint8Array(32).fill(255))
const random = fc.oneof({ weight: 9, arbitrary: bytes }, extremes)
const compose = (of: Uint8Array): string => composeApiKey(Buffer.from(of).toString("base64url"))
const key = random.map(compose)
const anything = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.array(fc.constantFrom(...digits, "_", "é"), { minLength: 48, maxLength: 50 }).map((some) => `vza_${some.join("")}`)
)
const chance = { numRuns: 300 }

describe("an API key", () => {
  it("is vza_, 49 letters and digits, and well formed", () =>
    fc.assert(
      fc.property(key, (text) => {
        assert.match(text, /^vza_[0-9A-Za-z]{49}$/)
        assert.isTrue(claimsToBeApiKey(text) && isWellFormedApiKey(text))
      }),
      chance
    ))

  it("holds every one of its random bits", () =>
    fc.assert(
      fc.property(random, (of) => {
        assert.strictEqual(valueOf(compose(of).slice(4, 47)), BigInt(`0x${Buffer.from(of).toString("hex")}`))
      }),
      chance
    ))

  it("ends with the CRC-32 of what stands before", () =>
    fc.assert(
      fc.property(key, (text) => {
        assert.strictEqual(valueOf(text.slice(47)), BigInt(crc32(text.slice(4, 47))))
      }),
      chance
    ))

  it("with any one character changed is none", () =>
    fc.assert(
      fc.property(
        key,
        fc.nat(52),
        fc.constantFrom(...digits, "", "00", "-", "_", " ", "\n", "\0", "é", "🎵"),
        (text, at, other) => {
          fc.pre(other !== text[at])
          assert.isFalse(isWellFormedApiKey(text.slice(0, at) + other + text.slice(at + 1)))
        }
      ),
      { numRuns: 800 }
    ))

  it("with two neighbours exchanged, cut, or with something before or behind is none", () =>
    fc.assert(
      fc.property(key, fc.integer({ min: 0, max: 51 }), fc.string({ minLength: 1, maxLength: 3 }), (text, at, more) => {
        const [left = "", right = ""] = text.slice(at, at + 2)
        const exchanged = text.slice(0, at) + right + left + text.slice(at + 2)
        assert.isTrue(left === right || !isWellFormedApiKey(exchanged))
        for (const wrong of [text.slice(0, at), text.slice(at + 1), more + text, text + more, `${text}\n`]) {
          assert.isFalse(isWellFormedApiKey(wrong))
        }
      }),
      chance
    ))

  it("is told from anything else without failing", () =>
    fc.assert(
      fc.property(anything, (text) => {
        const sum = BigInt(crc32(text.slice(4, 47)))
        const isKey = /^vza_[0-9A-Za-z]{49}$/u.test(text) && valueOf(text.slice(47)) === sum
        assert.strictEqual(isWellFormedApiKey(text), isKey)
      }),
      chance
    ))

  it("shows no more than 48 of its bits", () =>
    fc.assert(
      fc.property(key, (text) => {
        assert.isTrue(text.startsWith(prefixOfApiKey(text)))
        assert.strictEqual(prefixOfApiKey(text).length, 12)
      }),
      chance
    ))
})

describe("the scopes of a key", () => {
  const scopes = fc.uniqueArray(fc.constantFrom(...KeyScope.literals))
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "get")

  it("reach reading by read, everything else by write, all by admin, nothing by none", () =>
    fc.assert(
      fc.property(scopes, method, (held, how) => {
        const reads = how === "GET" || how === "HEAD"
        assert.strictEqual(isRead(how), reads)
        const reached = held.includes("admin") || (reads ? held.includes("read") : held.includes("write"))
        assert.strictEqual(scopesReach(held, how), reached)
      }),
      chance
    ))

  it.each([
    [["read"], "GET", true],
    [["read"], "HEAD", true],
    [["read"], "POST", false],
    [["read"], "DELETE", false],
    [["write"], "GET", false],
    [["write"], "HEAD", false],
    [["write"], "PUT", true],
    [["write"], "PATCH", true],
    [["read", "write"], "GET", true],
    [["read", "write"], "POST", true],
    [["admin"], "GET", true],
    [["admin"], "DELETE", true]
  ] as const)("%j with %s: %s", (held, how, reached) => {
    assert.strictEqual(scopesReach(held, how), reached)
  })
})
