import { type Loudness, loudnessMeter } from "@veza/domain/tracks"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

/** A sine at a peak level in dBFS, from a phase in degrees. */
const sine = (frequency: number, level: number, seconds: number, rate: number, phase = 0): Float32Array => {
  const samples = new Float32Array(Math.round(seconds * rate))
  const [peak, begin] = [10 ** (level / 20), (phase * Math.PI) / 180]
  for (let i = 0; i < samples.length; i++) {
    samples[i] = peak * Math.sin((2 * Math.PI * frequency * i) / rate + begin)
  }
  return samples
}
const joined = (...parts: ReadonlyArray<Float32Array>): Float32Array => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
/** Rises from and falls to silence within 10 ms each: what begins at once rings. */
const faded = (samples: Float32Array): Float32Array =>
  samples.map((sample, i) => sample * Math.min(1, i / 480, (samples.length - 1 - i) / 480))

const measure = (rate: number, ...channels: ReadonlyArray<Float32Array>): Loudness | undefined => {
  const meter = loudnessMeter(rate, channels.length === 1 ? 1 : 2)
  meter.add(channels)
  return meter.read()
}
const stereo = (samples: Float32Array, rate: number) =>
  measure(rate, samples, samples) ?? expect.fail("nothing measured")

/** The level of each part, in dBFS, and its length in seconds. */
type Parts = ReadonlyArray<readonly [level: number, seconds: number]>
const tone = (rate: number, parts: Parts): Float32Array =>
  joined(...parts.map(([level, seconds]) => sine(1000, level, seconds, rate)))

describe("integrated loudness (EBU Tech 3341, table 1)", () => {
  const cases: ReadonlyArray<readonly [name: string, parts: Parts, lufs: number]> = [
    ["case 1", [[-23, 20]], -23],
    ["case 2", [[-33, 20]], -33],
    [
      "case 3",
      [
        [-36, 10],
        [-23, 60],
        [-36, 10]
      ],
      -23
    ],
    [
      "case 4",
      [
        [-72, 10],
        [-36, 10],
        [-23, 60],
        [-36, 10],
        [-72, 10]
      ],
      -23
    ],
    [
      "case 5",
      [
        [-26, 20],
        [-20, 20.1],
        [-26, 20]
      ],
      -23
    ]
  ]
  it.each(cases)("of %s is right to a tenth", (_name, parts, lufs) => {
    expect(Math.abs(stereo(tone(48_000, parts), 48_000).integrated - lufs)).toBeLessThanOrEqual(0.1)
  })

  it.each([8000, 22_050, 44_100, 88_200, 96_000, 192_000])("of a tone is the same at %i Hz", (rate) => {
    expect(Math.abs(stereo(sine(1000, -23, 5, rate), rate).integrated + 23)).toBeLessThanOrEqual(0.1)
  })

  it("of one channel is 3 LU less than of two alike", () => {
    const samples = sine(997, 0, 5, 48_000)
    expect(measure(48_000, samples)?.integrated).toBeCloseTo(-3.01, 1)
  })
})

describe("loudness range (EBU Tech 3342, table 1)", () => {
  const cases: ReadonlyArray<readonly [name: string, parts: Parts, range: number]> = [
    [
      "case 1",
      [
        [-20, 20],
        [-30, 20]
      ],
      10
    ],
    [
      "case 2",
      [
        [-20, 20],
        [-15, 20]
      ],
      5
    ],
    [
      "case 3",
      [
        [-40, 20],
        [-20, 20]
      ],
      20
    ],
    [
      "case 4",
      [
        [-50, 20],
        [-35, 20],
        [-20, 20],
        [-35, 20],
        [-50, 20]
      ],
      15
    ]
  ]
  it.each(cases)("of %s is right to 1 LU", (_name, parts, range) => {
    expect(Math.abs(stereo(tone(48_000, parts), 48_000).range - range)).toBeLessThanOrEqual(1)
  })
})

describe("true peak (EBU Tech 3341, table 1)", () => {
  // Cases 15 to 19: the peaks lie between the samples.
  it.each([
    ["case 15", 12_000, 0, -6],
    ["case 16", 12_000, 45, -6],
    ["case 17", 8000, 60, -6],
    ["case 18", 6000, 67.5, -6],
    ["case 19", 12_000, 45, 3]
  ])("of %s is right within +0.2 and −0.4 dB", (_name, frequency, phase, level) => {
    const { truePeak } = stereo(faded(sine(frequency, level, 1, 48_000, phase)), 48_000)
    expect(truePeak - level).toBeLessThanOrEqual(0.2)
    expect(truePeak - level).toBeGreaterThanOrEqual(-0.4)
  })
})

describe("the meter", () => {
  const noise = fc.float32Array({ min: -1, max: 1, noNaN: true, minLength: 4000, maxLength: 9000 })

  it("does not care how the stream is cut", () => {
    fc.assert(
      fc.property(noise, fc.array(fc.nat(9000), { maxLength: 8 }), (samples, cuts) => {
        const meter = loudnessMeter(8000, 2)
        const limits = [0, ...cuts.map((cut) => Math.min(cut, samples.length)), samples.length].toSorted(
          (a, b) => a - b
        )
        for (let i = 1; i < limits.length; i++) {
          const part = samples.slice(limits[i - 1], limits[i])
          meter.add([part, part])
        }
        expect(meter.read()).toEqual(measure(8000, samples, samples))
      }),
      { numRuns: 30 }
    )
  })

  it("follows the gain, decibel for decibel, and never finds the peak below a sample", () => {
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 20 }), (samples, down) => {
        const loud = measure(8000, samples, samples)
        const soft = samples.map((sample) => sample * 10 ** (-down / 20))
        const quiet = measure(8000, soft, soft)
        if (loud === undefined || quiet === undefined || quiet.integrated < -60) return
        expect(loud.integrated - quiet.integrated).toBeCloseTo(down, 2)
        expect(loud.truePeak - quiet.truePeak).toBeCloseTo(down, 2)
        expect(10 ** (loud.truePeak / 20)).toBeGreaterThanOrEqual(Math.max(...samples.map(Math.abs)) - 1e-6)
      }),
      { numRuns: 30 }
    )
  })

  it("says nothing of silence, of a moment, or of nothing, and numbers only of what holds other things", () => {
    expect(measure(48_000, new Float32Array(96_000))).toBeUndefined()
    expect(measure(48_000, sine(1000, 0, 0.3, 48_000))).toBeUndefined()
    expect(loudnessMeter(48_000, 2).read()).toBeUndefined()
    const anything = fc.array(fc.constantFrom(NaN, Infinity, -Infinity, 3e38, -3e38, 0.5, -1), {
      minLength: 4000,
      maxLength: 5000
    })
    fc.assert(
      fc.property(anything, (values) => {
        const found = measure(8000, Float32Array.from(values))
        if (found !== undefined) expect(Object.values(found).every(Number.isFinite)).toBe(true)
      }),
      { numRuns: 20 }
    )
  })
})
