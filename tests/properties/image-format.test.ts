import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { sniffImageFormat } from "@veza/domain/accounts"

const heads: ReadonlyArray<readonly [string, ReadonlyArray<number>]> = [
  ["jpeg", [0xff, 0xd8, 0xff]],
  ["png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["gif", [..."GIF89a"].map((letter) => letter.charCodeAt(0))],
  ["gif", [..."GIF87a"].map((letter) => letter.charCodeAt(0))],
  ["webp", [..."RIFF\0\0\0\0WEBP"].map((letter) => letter.charCodeAt(0))],
  ["avif", [..."\0\0\0\x20ftypavif"].map((letter) => letter.charCodeAt(0))]
]

describe("the format of an image", () => {
  it("is told by its first bytes, whatever stands behind them", () =>
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.uint8Array(), ([format, head], rest) => {
        assert.strictEqual(sniffImageFormat(Uint8Array.from([...head, ...rest])), format)
      })
    ))

  it("is not told by half of them", () =>
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.nat(20), ([, head], length) => {
        fc.pre(length < head.length)
        assert.isUndefined(sniffImageFormat(Uint8Array.from(head.slice(0, length))))
      })
    ))

  it("is none where text begins, such as SVG", () =>
    fc.assert(
      fc.property(
        fc.constantFrom("<svg", "<?xml", " <svg", "\ufeff<svg", "GIF", "text"),
        fc.string(),
        (start, rest) => {
          fc.pre(!/^GIF8[79]a/u.test(start + rest))
          assert.isUndefined(sniffImageFormat(new TextEncoder().encode(start + rest)))
        }
      )
    ))
})
