import { assert, it } from "@effect/vitest"
import fc from "fast-check"
import { audioFormatNames, audioFormats, fileNameOf } from "@veza/domain/tracks"

const text = fc.string({ unit: "binary", maxLength: 120 }).filter((value) => value.isWellFormed())
const nasty = fc.string({ unit: fc.constantFrom(".", "/", "\\", " ", "\n", "\u202e", "a"), maxLength: 12 })
const track = fc.record({
  title: fc.oneof(text, nasty),
  artist: fc.option(fc.oneof(text, nasty), { nil: null }),
  format: fc.constantFrom(...audioFormatNames)
})

it("is a name that every file system takes, with the extension of the format", () =>
  fc.assert(
    fc.property(track, (one) => {
      const name = fileNameOf(one)
      assert.match(name, /^[^\p{Cc}\\/:*?"<>|.\s][^\p{Cc}\\/:*?"<>|]*\.[a-z0-9]+$/u)
      assert.isTrue(name.endsWith(`.${audioFormats[one.format].extensions[0]}`))
      assert.isAtMost(Buffer.byteLength(name), 255)
    }),
    { numRuns: 2000 }
  ))

it("says who and what", () => {
  assert.strictEqual(fileNameOf({ artist: "AC/DC", title: "T.N.T.", format: "mp3" }), "AC DC - T.N.T..mp3")
  assert.strictEqual(fileNameOf({ artist: null, title: "Élan", format: "flac" }), "Élan.flac")
  assert.strictEqual(fileNameOf({ artist: null, title: "../..", format: "wav" }), "track.wav")
})
