import { barsOf, usualColour, waveformBounds, waveformColour, waveformSvg } from "@veza/domain/tracks"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

const peaks = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 2000 })
const shape = fc.record({
  width: fc.integer({ min: waveformBounds.width.least, max: waveformBounds.width.most }),
  height: fc.integer({ min: waveformBounds.height.least, max: waveformBounds.height.most })
})
const colour = fc.stringMatching(waveformColour)

/** The whole of what may come out: stricter than well-formed. */
const document =
  /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="(\d+)" height="(\d+)" viewBox="0 0 \1 \2" role="img"><title>Waveform<\/title><path d="((?:M[\d.]+ [\d.]+v[\d.]+)+)" transform="translate\(0 1\)" fill="none" stroke="#[0-9a-f]{6}" stroke-width="2" stroke-linecap="round"\/><\/svg>$/u

/** x, upper end and length of each bar. */
const drawn = (svg: string): ReadonlyArray<ReadonlyArray<number>> =>
  [...(document.exec(svg)?.[3] ?? "").matchAll(/M([\d.]+) ([\d.]+)v([\d.]+)/gu)].map((bar) => bar.slice(1).map(Number))

describe("a drawn waveform", () => {
  it("is one well-formed document of bounded size, whatever the peaks, the same each time", () => {
    fc.assert(
      fc.property(peaks, shape, colour, (values, size, stroke) => {
        const svg = waveformSvg(values, size, stroke)
        expect(svg).toMatch(document)
        expect(svg.length).toBeLessThan(40_000)
        expect(waveformSvg(values, size, stroke)).toBe(svg)
      })
    )
  })

  it("stays within its frame", () => {
    fc.assert(
      fc.property(peaks, shape, (values, size) => {
        for (const [x = -1, top = -1, length = -1] of drawn(waveformSvg(values, size))) {
          expect(x).toBeGreaterThanOrEqual(1)
          expect(x).toBeLessThanOrEqual(size.width - 1)
          expect(top).toBeGreaterThanOrEqual(0)
          // The ends are rounded to tenths, and round by a pixel.
          expect(top + length).toBeLessThanOrEqual(size.height - 2 + 0.11)
        }
      })
    )
  })

  it("has a bar for every three pixels, and none is invisible", () => {
    const bars = drawn(waveformSvg([], { width: 300, height: 100 }))
    expect(bars).toHaveLength(100)
    for (const [, , length = 0] of bars) expect(length).toBeGreaterThan(0)
    expect(waveformSvg([1], { width: 16, height: 8 })).toContain(`stroke="#${usualColour}"`)
  })
})

describe("bars", () => {
  it("are as many as asked, from nearly nothing to 1, and the loudest is 1", () => {
    fc.assert(
      fc.property(peaks, fc.integer({ min: 1, max: 1400 }), (values, count) => {
        const bars = barsOf(values, count)
        expect(bars).toHaveLength(count)
        expect(bars.every((bar) => bar >= 0.02 && bar <= 1)).toBe(true)
        if (values.some((peak) => peak > 0) && count >= values.length) expect(Math.max(...bars)).toBe(1)
      })
    )
  })

  it("are higher where it is louder", () => {
    const [first = 0, second = 0, third = 0] = barsOf([10, 10, 100, 100, 250, 250], 3)
    expect([first < second, second < third]).toEqual([true, true])
  })
})
