import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import fc from "fast-check"
import { Email, emailKey, isReservedUsername, Username } from "@veza/domain/accounts"

const username = Schema.decodeUnknownOption(Username)
const isEmail = Schema.is(Email)

const codeUnits = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units))
const nearName = fc.string({ unit: fc.constantFrom(..."abzABZ019_.-é K\n@ſİ"), maxLength: 40 })
const goodName = fc.stringMatching(/^[A-Za-z0-9_.-]{3,30}$/u)
const someCase = (text: string) =>
  fc
    .infiniteStream(fc.boolean())
    .map((raised) => [...text].map((char) => (raised.next().value === true ? char.toUpperCase() : char)).join(""))
const chance = { numRuns: 500 }

describe("a username", () => {
  it("comes out in lower case, of the allowed characters, 3 to 30 of them, and not reserved", () =>
    fc.assert(
      fc.property(fc.oneof(nearName, goodName, codeUnits), (typed) => {
        const name = Option.getOrUndefined(username(typed))
        if (name === undefined) return
        assert.match(name, /^[a-z0-9_.-]{3,30}$/u)
        assert.strictEqual(name, typed.toLowerCase())
        assert.isFalse(isReservedUsername(name))
        assert.deepStrictEqual(username(name), Option.some(name))
      }),
      chance
    ))

  it("may be anything of that kind", () =>
    fc.assert(
      fc.property(goodName, (typed) => {
        fc.pre(!isReservedUsername(typed.toLowerCase()))
        assert.isTrue(Option.isSome(username(typed)))
      }),
      chance
    ))

  it("is refused, not folded, with anything in it that looks like our characters or like nothing", () => {
    const lookAlikes = [
      ..."\u0430\u0435\u043e\u0441\u0456\u0501", // Cyrillic
      ..."\u03bf\u03b1\u0391", // Greek
      ..."\uff41\uff21\uff10\uff0e\uff3f\uff0d", // full-width
      ..."\u212a\u212b\u017f\u0131\u0130\u00df", // Kelvin, Angstrom, long s, dotless and dotted i, sharp s
      ..."\u0301\u0308\u0323\u20dd", // combining marks
      ..."\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f", // of no width
      ..."\u202e\u200e\u2066", // direction
      ..."\u2010\u2011\u2013\u2024\u00a0\u3002\u{1d41a}\u{1f170}\u0660" // dashes, dots, blanks, other letters and digits
    ]
    const shorter = fc.stringMatching(/^[a-z0-9_.-]{3,28}$/u)
    fc.assert(
      fc.property(shorter, fc.constantFrom(...lookAlikes), fc.nat(), (good, strange, place) => {
        const at = place % (good.length + 1)
        return Option.isNone(username(good.slice(0, at) + strange + good.slice(at)))
      }),
      { numRuns: 2000 }
    )
  })

  it("has at least 3 and at most 30 characters", () => {
    for (const length of [0, 1, 2, 31, 10_000]) assert.isTrue(Option.isNone(username("x".repeat(length))))
    for (const length of [3, 30]) assert.isTrue(Option.isSome(username("x".repeat(length))))
  })

  it("is never that of the house or of a deleted account, in any mixture of cases", () => {
    const houses = fc.constantFrom("admin", "root", "support", "veza", "postmaster", "null", "everyone", "mod", "api")
    const deleted = fc.stringMatching(/^deleted-[a-z0-9]{0,22}$/u)
    fc.assert(
      fc.property(fc.oneof(houses, deleted).chain(someCase), (typed) => Option.isNone(username(typed))),
      chance
    )
  })
})

const localPart = fc.stringMatching(/^[a-zA-Z0-9._+-]{1,64}$/u)
const hostName = fc.stringMatching(/^[a-z0-9-]{1,30}(\.[a-z0-9-]{1,30}){0,2}\.[a-z]{2,10}$/u)
const address = fc.tuple(localPart, hostName).map(([local, host]) => `${local}@${host}`)
const forbidden = fc.constantFrom(
  " ",
  "\n",
  "\r",
  "\t",
  "<",
  ">",
  ",",
  ";",
  ":",
  '"',
  "(",
  ")",
  "\\",
  "@",
  "\0",
  "\ud800"
)

describe("an e-mail address", () => {
  it("is accepted as people type it", () => fc.assert(fc.property(address, isEmail), chance))

  it("is refused when anything that ends a header or starts another address stands in it", () =>
    fc.assert(
      fc.property(address, forbidden, fc.nat(), (good, bad, place) => {
        const at = place % (good.length + 1)
        assert.isFalse(isEmail(good.slice(0, at) + bad + good.slice(at)))
      }),
      chance
    ))

  it("has one @ with something on both sides, and at most 254 characters", () =>
    fc.assert(
      fc.property(fc.oneof(codeUnits, fc.string({ unit: fc.constantFrom(..."a@. é") })), (typed) => {
        if (!isEmail(typed)) return
        const [local = "", host = "", ...rest] = typed.split("@")
        assert.isTrue(local !== "" && host.includes(".") && rest.length === 0 && typed.length <= 254)
      }),
      chance
    ))

  it("is refused when it is longer than mail can carry", () => {
    const long = (length: number) => `a@${"b".repeat(length - 5)}.cc`
    assert.isTrue(isEmail(long(254)))
    assert.isFalse(isEmail(long(255)))
    assert.isFalse(isEmail(`${"a".repeat(65)}@example.org`))
  })

  it("is the same address in every mixture of cases", () =>
    fc.assert(
      fc.property(address, (typed) => {
        assert.strictEqual(emailKey(typed.toUpperCase()), emailKey(typed))
        assert.strictEqual(emailKey(emailKey(typed)), emailKey(typed))
      })
    ))
})
