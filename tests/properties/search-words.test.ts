import { assert, it } from "@effect/vitest"
import fc from "fast-check"
import { searchWords, wordsSought } from "@veza/domain/tracks"

const text = fc.string({ unit: "binary", maxLength: 60 }).filter((value) => value.isWellFormed())

it("are letters and digits only, and the same whatever case and accents are written with", () =>
  fc.assert(
    fc.property(text, (value) => {
      const words = searchWords(value)
      for (const word of words) assert.match(word, /^[\p{L}\p{N}]+$/u)
      assert.deepStrictEqual(searchWords(words.join(" ")), words)
      assert.deepStrictEqual(searchWords(value.normalize("NFD")), searchWords(value.normalize("NFC")))
      assert.isAtMost(wordsSought(value).length, 10)
    }),
    { numRuns: 2000 }
  ))
