import { maxWaveformPeaks, peaksOf, waveformPeaks } from "@veza/domain/tracks"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

const samples = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 1, maxLength: 400 })
const cuts = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 20 })
const counts = fc.integer({ min: 1, max: 500 })

const whole = (values: ReadonlyArray<number>, count: number) => {
  const peaks = peaksOf(values.length, count)
  peaks.add(Int16Array.from(values))
  return peaks.peaks()
}

describe("waveform peaks", () => {
  it("do not depend on how the stream is cut", () => {
    fc.assert(
      fc.property(samples, cuts, counts, (values, at, count) => {
        const peaks = peaksOf(values.length, count)
        const limits = [0, ...at.map((cut) => Math.min(cut, values.length)).toSorted((a, b) => a - b), values.length]
        for (let i = 1; i < limits.length; i++) peaks.add(Int16Array.from(values.slice(limits[i - 1], limits[i])))
        expect(peaks.peaks()).toEqual(whole(values, count))
      })
    )
  })

  it("are the largest absolute sample of each equal part", () => {
    fc.assert(
      fc.property(samples, counts, (values, count) => {
        const parts = Math.min(count, values.length)
        const expected = Array.from({ length: parts }, (_, part) => {
          const mine = values.filter((__, i) => Math.floor((i * parts) / values.length) === part)
          return Math.round((Math.max(...mine.map(Math.abs)) / 32_768) * 255)
        })
        const drawn = whole(values, count)
        expect(drawn).toHaveLength(count)
        if (count <= values.length) expect(drawn).toEqual(expected)
        else expect(new Set(drawn)).toEqual(new Set(expected))
      })
    )
  })

  it("are integers from 0 to 255 whatever the samples and the stated length", () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 300 }), fc.double(), fc.double(), (values, total, count) => {
        const peaks = peaksOf(total, count)
        peaks.add(values)
        const drawn = peaks.peaks()
        expect(drawn.length).toBeGreaterThanOrEqual(1)
        expect(drawn.length).toBeLessThanOrEqual(maxWaveformPeaks)
        expect(drawn.every((peak) => Number.isInteger(peak) && peak >= 0 && peak <= 255)).toBe(true)
      })
    )
  })

  it("are on an absolute scale, the same for floats and integers", () => {
    const floats = peaksOf(4, 4)
    floats.add(Float32Array.of(1, -0.5, 0, -1))
    const integers = peaksOf(4, 4)
    integers.add(Int16Array.of(32_767, -16_384, 0, -32_768))
    expect(floats.peaks()).toEqual([255, 128, 0, 255])
    expect(integers.peaks()).toEqual(floats.peaks())
  })

  it("come from 800 buckets unless told otherwise; what is missing is silence, what is too much joins the last", () => {
    const short = peaksOf(1600)
    short.add(new Float32Array(800).fill(1))
    expect(short.peaks()).toEqual([...Array.from({ length: 400 }, () => 255), ...Array.from({ length: 400 }, () => 0)])
    const long = peaksOf(800)
    long.add(new Float32Array(900).fill(0, 0, 850).fill(1, 850))
    expect(long.peaks()).toHaveLength(waveformPeaks)
    expect(long.peaks().at(-1)).toBe(255)
    expect(long.peaks().at(-2)).toBe(0)
  })
})
