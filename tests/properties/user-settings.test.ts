import { assert, describe, it } from "@effect/vitest"
import { DateTime, Option, Schema } from "effect"
import fc from "fast-check"
import {
  defaultUserSettings,
  isGpcSignal,
  Language,
  mergeSettings,
  SettingsChange,
  staleAmong,
  TermsType,
  UserSettings
} from "@veza/domain/accounts"

const language = Schema.decodeUnknownOption(Language)
const change = Schema.decodeUnknownOption(SettingsChange, { onExcessProperty: "error" })
const isComplete = Schema.is(UserSettings)

const flag = fc.boolean()
const someChange: fc.Arbitrary<SettingsChange> = fc.record(
  {
    language: fc.constantFrom("en", "pt-BR", "zh-Hant-TW"),
    theme: fc.constantFrom("light" as const, "dark" as const, "system" as const),
    privacy: fc.record({ discoverable: flag, show_likes: flag }, { requiredKeys: [] }),
    playback: fc.record({ crossfade_seconds: fc.nat(12), autoplay: flag }, { requiredKeys: [] }),
    notifications: fc.record({ email_news: flag, push_messages: flag }, { requiredKeys: [] })
  },
  { requiredKeys: [] }
)

describe("settings", () => {
  it("stay complete, whatever is chosen, in whatever order", () =>
    fc.assert(
      fc.property(fc.array(someChange), (changes) => {
        const settings = changes.reduce(mergeSettings, defaultUserSettings)
        assert.isTrue(isComplete(settings))
      })
    ))

  it("are what was chosen last, and otherwise what they were", () =>
    fc.assert(
      fc.property(someChange, someChange, (first, second) => {
        const before = mergeSettings(defaultUserSettings, first)
        const after = mergeSettings(before, second)
        assert.strictEqual(after.theme, second.theme ?? before.theme)
        assert.strictEqual(after.playback.autoplay, second.playback?.autoplay ?? before.playback.autoplay)
        assert.deepStrictEqual(mergeSettings(after, second), after)
        assert.deepStrictEqual(mergeSettings(after, {}), after)
      })
    ))

  it("may be sent back as they are read", () => {
    assert.deepStrictEqual(change(defaultUserSettings), Option.some(defaultUserSettings))
  })

  it.each([
    { unknown: 1 },
    { privacy: { unknown: true } },
    { theme: "pink" },
    { theme: null },
    { playback: { crossfade_seconds: 13 } },
    { playback: { crossfade_seconds: 0.5 } },
    { notifications: { email_security: false } },
    { privacy: [] }
  ])("are refused as %j", (typed) => assert.isTrue(Option.isNone(change(typed))))
})

describe("a language", () => {
  it.each([
    ["en", "en"],
    ["EN-us", "en-US"],
    ["zh-hant-tw", "zh-Hant-TW"],
    ["sl-ROZAJ", "sl-rozaj"]
  ])("%s is kept as %s", (typed, kept) => assert.deepStrictEqual(language(typed), Option.some(kept)))

  it.each(["", "e", "englishlanguage", "en_US", "en-", "*", "x".repeat(36), "de-\0"])("is not %j", (typed) =>
    assert.isTrue(Option.isNone(language(typed)))
  )

  it("once kept stays as it is", () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{2,3}(-[A-Za-z]{4})?(-[a-zA-Z]{2})?$/u), (typed) => {
        const kept = language(typed)
        assert.deepStrictEqual(Option.flatMap(kept, language), kept)
      })
    ))
})

describe("an opt-out", () => {
  it("is said by the value 1 only", () =>
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("0", "1", " 1 ", "true", "11")), (header) => {
        assert.strictEqual(isGpcSignal(header), header.trim() === "1")
      })
    ))
})

describe("consent to terms", () => {
  const at = DateTime.makeUnsafe("2026-01-01")
  const version = fc.constantFrom("1", "2", "3")
  const type = fc.constantFrom(...TermsType.literals)
  const consents = fc.array(fc.record({ type, version }))
  const current = fc.uniqueArray(fc.record({ type, version, publishedAt: fc.constant(at) }), {
    selector: (document) => document.type
  })

  it("stands exactly when every version is the one in force; otherwise the one in force is named", () =>
    fc.assert(
      fc.property(consents, current, (given, inForce) => {
        const stale = staleAmong(given, inForce)
        const fits = (one: (typeof given)[number]) =>
          inForce.some((document) => document.type === one.type && document.version === one.version)
        assert.strictEqual(stale === undefined, given.every(fits))
        if (stale !== undefined) {
          const named = inForce.find((document) => document.type === stale.type)?.version ?? null
          assert.strictEqual(stale.currentVersion, named)
        }
      })
    ))
})
