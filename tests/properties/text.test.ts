import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import fc from "fast-check"
import { nonBlankUpTo, Text, textUpTo } from "@veza/domain/kernel"

const isText = Schema.is(Text)
const codeUnits = fc
  .array(fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 0xd800, 0xdc00, 0x20)))
  .map((units) => String.fromCharCode(...units))
const wellFormed = fc.string({ unit: "binary" })
const chance = { numRuns: 500 }

describe("text", () => {
  it("is exactly what UTF-8 carries there and back and PostgreSQL takes", () =>
    fc.assert(
      fc.property(fc.oneof(codeUnits, wellFormed), (text) => {
        const survives = Buffer.from(text, "utf8").toString("utf8") === text
        assert.strictEqual(isText(text), survives && !text.includes("\0"))
      }),
      chance
    ))

  it("is no longer than it may be, in UTF-16 code units", () =>
    fc.assert(
      fc.property(wellFormed, fc.nat(20), (text, max) => {
        assert.strictEqual(Schema.is(textUpTo(max))(text), isText(text) && text.length <= max)
      }),
      chance
    ))

  it("has something to read in it where it must not be blank", () => {
    const blanks = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\u00a0", "\u2003", "\ufeff", "x") })
    fc.assert(
      fc.property(fc.oneof(blanks, wellFormed), (text) => {
        const isFine = isText(text) && text.length <= 10 && text.trim() !== ""
        assert.strictEqual(Schema.is(nonBlankUpTo(10))(text), isFine)
      }),
      chance
    )
  })
})
