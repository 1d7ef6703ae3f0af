import fc from "fast-check"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import { coverFactsOf } from "@veza/domain/distribution"

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#a05010" } })

describe("what a cover's own bytes say of it", () => {
  it("is what a decoder finds, for both formats and every way of writing them", async () => {
    const side = fc.integer({ min: 1, max: 400 })
    await fc.assert(
      fc.asyncProperty(side, side, fc.boolean(), async (width, height, progressive) => {
        const jpeg = await picture(width, height)
          .withExif({ IFD0: { Artist: "x".repeat(999) } })
          .jpeg({ progressive })
          .toBuffer()
        const png = await picture(width, height).png({ progressive }).toBuffer()
        expect(coverFactsOf(jpeg)).toEqual({ format: "jpeg", width, height, isPrintColour: false })
        expect(coverFactsOf(png)).toEqual({ format: "png", width, height, isPrintColour: false })
      }),
      { numRuns: 25 }
    )
  })

  it("tells ink from light", async () => {
    const cmyk = await picture(9, 9).toColourspace("cmyk").jpeg().toBuffer()
    expect(coverFactsOf(cmyk)?.isPrintColour).toBe(true)
  })

  it("is nothing for other formats and for noise, and never more than there is", async () => {
    expect(coverFactsOf(await picture(9, 9).webp().toBuffer())).toBeUndefined()
    const jpeg = await picture(40, 40).jpeg().toBuffer()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, at) => {
        coverFactsOf(Uint8Array.from([0xff, 0xd8, 0xff, ...bytes]))
        coverFactsOf(jpeg.subarray(0, at % jpeg.length))
      })
    )
  })
})
