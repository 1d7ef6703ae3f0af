import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Redacted } from "effect"
import fc from "fast-check"
import { oneTimePasswords, otpauthUri } from "@veza/adapters/crypto"
import { OneTimePasswords } from "@veza/domain/accounts"
import { codeOfStep, stepAt } from "../support/product/totp.ts"

const passwords = Effect.runSync(Effect.provide(OneTimePasswords, oneTimePasswords))
/** “12345678901234567890”, the secret of the RFC's vectors, in base32. */
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
const stepOf = (code: string, seconds: number, of = secret) =>
  passwords.stepOf(Redacted.make(of), code, DateTime.makeUnsafe(seconds * 1000))

describe("time-based one-time passwords", () => {
  // RFC 6238, Appendix B (SHA-1); its eight digits end in our six.
  it.each([
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"]
  ])("are those of RFC 6238 at %i seconds", (seconds, code) => {
    assert.strictEqual(stepOf(code.slice(2), seconds), Math.floor(seconds / 30))
  })

  const seconds = fc.integer({ min: 1_000, max: 4_000_000_000 })

  it("count in their own step and the two beside it, and in no other", () =>
    fc.assert(
      fc.property(seconds, fc.integer({ min: -4, max: 4 }), (now, away) => {
        const step = stepAt(now * 1000) + away
        const near = [-1, 0, 1].map((n) => codeOfStep(secret, stepAt(now * 1000) + n))
        const code = codeOfStep(secret, step)
        if (Math.abs(away) <= 1) assert.isDefined(stepOf(code, now))
        else assert.strictEqual(stepOf(code, now) === undefined, !near.includes(code))
      })
    ))

  it("of another secret are worth nothing, and neither is any other text", () =>
    fc.assert(
      fc.property(
        seconds,
        fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("１２３４５６", "", "12345")),
        (now, text) => {
          const near = [-1, 0, 1].map((n) => codeOfStep(secret, stepAt(now * 1000) + n))
          assert.strictEqual(stepOf(text, now) !== undefined, near.includes(text))
        }
      )
    ))

  it("come from secrets of 160 bits, no two alike, and backup codes from 80", () => {
    const secrets = Array.from({ length: 50 }, () => Redacted.value(Effect.runSync(passwords.newSecret)))
    const codes = Effect.runSync(passwords.newBackupCodes(50)).map(Redacted.value)
    for (const one of secrets) assert.match(one, /^[A-Z2-7]{32}$/u)
    for (const one of codes) assert.match(one, /^[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}$/u)
    assert.strictEqual(new Set([...secrets, ...codes]).size, 100)
  })

  it("are enrolled by a URI that an authenticator reads, and by the same as a QR code", () => {
    const { uri, qrSvg } = passwords.enrolment(Redacted.make(secret), "ada&b@example.org")
    const url = new URL(uri)
    assert.strictEqual(uri, otpauthUri(Redacted.make(secret), "ada&b@example.org"))
    assert.deepStrictEqual(Object.fromEntries(url.searchParams), { secret, issuer: "Veza" })
    assert.strictEqual(decodeURIComponent(url.pathname).replace(/^\/+(?:totp\/)?/u, ""), "Veza:ada&b@example.org")
    assert.match(qrSvg, /^<svg .*<\/svg>$/su)
  })
})
