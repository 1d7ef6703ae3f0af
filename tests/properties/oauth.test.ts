import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Schema } from "effect"
import fc from "fast-check"
import { providerTokens } from "@veza/adapters/crypto"
import { redirectRule } from "@veza/adapters/oauth"
import { ProviderTokens, Username, usernamesFor } from "@veza/domain/accounts"

const text = fc.string({ unit: "grapheme" })

describe("usernames for people from providers", () => {
  const random = "0123456789abcdef0123456789abcdef"
  it("can all be chosen by a person too, whatever the provider calls somebody", () =>
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (names) => {
        const candidates = usernamesFor(names, random)
        assert.isAtLeast(candidates.length, 2)
        for (const name of candidates) assert.isTrue(Schema.is(Username)(name), name)
      }),
      { numRuns: 500 }
    ))

  it("keep what can be kept of a name", () => {
    assert.strictEqual(usernamesFor(["Zoë Müller"], random)[0], "zoe_muller")
    assert.deepStrictEqual(usernamesFor(["admin", "李", "x"], random), ["listener_0123", "listener_0123456789ab"])
  })
})

describe("addresses to return to", () => {
  const allowed = redirectRule(["front.example", "localhost:3000"], false)
  it("have exactly an allowed host, and https", () => {
    assert.strictEqual(allowed("https://front.example/a?b=c#d"), "https://front.example/a?b=c#d")
    assert.strictEqual(allowed("https://FRONT.example:443"), "https://front.example/")
    assert.strictEqual(allowed("https://localhost:3000/"), "https://localhost:3000/")
    const refused =
      "http://front.example/,https://front.example:8443/,https://front.example.evil.example/,https://evil.example/front.example,https://a@front.example/,https://front.example@evil.example/,https://evil.example#front.example,//front.example/,/done,front.example,javascript:alert(1)//front.example,data:text/html;front.example,https:/\\evil.example,https://front.example\\@evil.example,"
    for (const address of refused.split(",")) assert.isTrue(lands(address), address)
  })
  /** Refused, or leading nowhere but to an allowed host. */
  const lands = (address: string): boolean => {
    const url = allowed(address)
    return url === undefined || ["front.example", "localhost:3000"].includes(new URL(url).host)
  }
  it("never lead anywhere else, whatever is asked for", () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl(),
          text,
          fc
            .array(fc.constantFrom("https:", "/", "\\", "@", "front.example", "evil.example", ":", "?", "#", "."))
            .map((parts) => parts.join(""))
        ),
        lands
      ),
      { numRuns: 2000 }
    ))
})

describe("providers' tokens", () => {
  const secrets = ["one", "two", "three"].map((name) => Redacted.make(`${name}-secret-of-more-than-32-characters`))
  const [one, two, three] = secrets
  if (one === undefined || two === undefined || three === undefined) throw new Error("three secrets")
  const vault = (current: Redacted.Redacted<string>, ...former: ReadonlyArray<Redacted.Redacted<string>>) =>
    Effect.runSync(
      Effect.provide(
        Effect.map(ProviderTokens, (tokens) => tokens),
        Layer.fresh(providerTokens({ current, former }))
      )
    )
  const [old, rotated, stranger] = [vault(one), vault(two, one), vault(three)]

  it("open again for their owner, also under a former key, and for nobody else", () =>
    fc.assert(
      fc.property(text, text, (token, owner) => {
        const sealed = Effect.runSync(old.seal(owner, Redacted.make(token)))
        assert.isFalse(token.length > 3 && sealed.includes(token))
        for (const opener of [old, rotated]) {
          assert.strictEqual(Redacted.value(Option.getOrThrow(opener.open(owner, sealed))), token)
        }
        assert.deepStrictEqual(
          [old, rotated, stranger].map(({ formOf }) => formOf(owner, sealed)),
          ["current", "former", "unreadable"]
        )
        assert.isTrue(Option.isNone(old.open(`${owner}.`, sealed)))
        assert.strictEqual(old.formOf(`${owner}.`, sealed), "unreadable")
      })
    ))

  it("do not open when a character was changed, and survive any text", () => {
    const sealed = Effect.runSync(old.seal("google 1", Redacted.make("a token of some length")))
    fc.assert(
      fc.property(fc.integer({ min: 8, max: sealed.length - 2 }), fc.constantFrom("A", "b", "-"), (at, char) => {
        fc.pre(sealed[at] !== char)
        const changed = sealed.slice(0, at) + char + sealed.slice(at + 1)
        assert.strictEqual(old.formOf("google 1", changed), "unreadable")
      })
    )
    fc.assert(fc.property(text, (any) => assert.strictEqual(old.formOf("google 1", any), "plain")))
    fc.assert(fc.property(text, (any) => assert.strictEqual(old.formOf("google 1", `veza:1:${any}`), "unreadable")))
  })
})
