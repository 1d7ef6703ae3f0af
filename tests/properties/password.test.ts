import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { breachedPasswords } from "@veza/adapters/crypto"
import { commonPasswords, passwordFault, passwordMaxLength } from "@veza/domain/accounts"

const minLength = 10
const breached = breachedPasswords(minLength)
const nobody = { email: "nobody@example.org", username: "nobody", minLength, breached }

const unit = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  fc.constantFrom("a", "1", "é", "e\u0301", "ﬀ", "㎏", "𝄞", "👩‍🎤", "ﷺ", "Å", "한", "①")
)
const password = fc.array(unit, { maxLength: 200 }).map((units) => units.join(""))
const lengthOf = (text: string) => [...text.normalize("NFKC")].length
const chance = { numRuns: 500 }

describe("password rules", () => {
  it("count code points after NFKC, whatever they look like before", () =>
    fc.assert(
      fc.property(password, (chosen) => {
        const fault = passwordFault(chosen, nobody)
        const length = lengthOf(chosen)
        assert.strictEqual(fault === "too_short", length < minLength)
        assert.strictEqual(fault === "too_long", length > passwordMaxLength)
      }),
      chance
    ))

  it("judge two keyboards' spellings of a password alike", () =>
    fc.assert(
      fc.property(password, fc.constantFrom("NFC", "NFD", "NFKC", "NFKD"), (chosen, form) => {
        assert.strictEqual(passwordFault(chosen.normalize(form), nobody), passwordFault(chosen, nobody))
      }),
      chance
    ))

  it("refuse every common password in any mixture of cases", () => {
    const common = fc.constantFrom(...commonPasswords, ...breached)
    const mixed = fc
      .tuple(common, fc.infiniteStream(fc.boolean()))
      .map(([text, raised]) =>
        [...text].map((char) => (raised.next().value === true ? char.toUpperCase() : char)).join("")
      )
    assert.isAbove(breached.size, 1000)
    fc.assert(
      fc.property(mixed, (chosen) => passwordFault(chosen, nobody) === "too_common"),
      chance
    )
  })

  it("refuse any one character over and over", () => {
    const char = fc
      .string({ unit: "binary", minLength: 1, maxLength: 1 })
      .filter((text) => lengthOf(text) === 1 && [...text.normalize("NFKC").toLowerCase()].length === 1)
    const lineEnds = fc.constantFrom("\n", "\r", "\u2028", "\u2029")
    fc.assert(
      fc.property(fc.oneof(char, lineEnds), fc.integer({ min: minLength, max: passwordMaxLength }), (one, times) => {
        // Repeating may compose (Hangul jamo), which leaves other characters.
        fc.pre(lengthOf(one.repeat(times)) === times)
        assert.strictEqual(passwordFault(one.repeat(times), nobody), "too_common")
      }),
      chance
    )
  })

  it("refuse somebody's name or address with little around it", () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{6,20}$/u)
    const little = fc.tuple(fc.stringMatching(/^[a-z0-9!]{0,5}$/u), fc.nat(5))
    const shouted = fc.boolean()
    fc.assert(
      fc.property(word, word, word, little, shouted, (username, local, host, [extra, cut], loud) => {
        for (const personal of [username, local, host]) {
          const spelt = loud ? personal.toUpperCase() : personal
          const chosen = extra.slice(0, cut) + spelt + extra.slice(cut)
          const fault = passwordFault(chosen, { username, email: `${local}@${host}.org`, minLength: 4, breached })
          assert.include(["personal", "too_common"], fault)
        }
      }),
      chance
    )
  })

  it("say nothing against a long random one", () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[bcdfghjkm]{20,40}$/u), (chosen) => {
        fc.pre(new Set(chosen).size > 1)
        assert.isUndefined(passwordFault(chosen, nobody))
      })
    ))
})
