import { Schema } from "effect"
import { truePeakMeter } from "./true-peak.ts"

/** How loud a track is, by ITU-R BS.1770-4 and EBU Tech 3342. */
export const Loudness = Schema.Struct({
  /** Integrated loudness in LUFS. */
  integrated: Schema.Finite,
  /** Loudness range in LU. */
  range: Schema.Finite,
  /** True peak in dBTP. */
  truePeak: Schema.Finite
})
export type Loudness = typeof Loudness.Type

export interface LoudnessMeter {
  /** Takes the next samples, full scale ±1, as many of each channel. */
  readonly add: (channels: ReadonlyArray<Float32Array>) => void
  /** The loudness so far; nothing for silence and for less than 400 ms of sound. */
  readonly read: () => Loudness | undefined
}

interface Biquad {
  readonly b0: number
  readonly b1: number
  readonly b2: number
  readonly a1: number
  readonly a2: number
}

/** The two stages of the K-weighting (BS.1770-4, Annex 1), whose tables are for 48 kHz, at any rate. */
const kWeighting = (sampleRate: number): readonly [Biquad, Biquad] => {
  const shelf = Math.tan((Math.PI * 1681.974450955533) / sampleRate)
  const gain = 10 ** (3.999843853973347 / 20)
  const middle = gain ** 0.4996667741545416
  const q = 0.7071752369554196
  const norm = 1 + shelf / q + shelf ** 2
  const pass = Math.tan((Math.PI * 38.13547087602444) / sampleRate)
  const passQ = 0.5003270373238773
  const passNorm = 1 + pass / passQ + pass ** 2
  return [
    {
      b0: (gain + (middle * shelf) / q + shelf ** 2) / norm,
      b1: (2 * (shelf ** 2 - gain)) / norm,
      b2: (gain - (middle * shelf) / q + shelf ** 2) / norm,
      a1: (2 * (shelf ** 2 - 1)) / norm,
      a2: (1 - shelf / q + shelf ** 2) / norm
    },
    {
      b0: 1,
      b1: -2,
      b2: 1,
      a1: (2 * (pass ** 2 - 1)) / passNorm,
      a2: (1 - pass / passQ + pass ** 2) / passNorm
    }
  ]
}

/** Filters sample by sample, in transposed direct form II. */
const filterOf = ({ b0, b1, b2, a1, a2 }: Biquad): ((sample: number) => number) => {
  let first = 0
  let second = 0
  return (sample) => {
    const out = b0 * sample + first
    first = b1 * sample - a1 * out + second
    second = b2 * sample - a2 * out
    return out
  }
}

const levelOf = (power: number): number => -0.691 + 10 * Math.log10(power)
const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const absoluteGate = -70

/** Mean powers of windows of `width` steps, one beginning at each step, that pass the absolute gate. */
const audible = (steps: ReadonlyArray<number>, width: number): ReadonlyArray<number> => {
  const powers: Array<number> = []
  for (let end = width; end <= steps.length; end++) {
    let sum = 0
    for (let at = end - width; at < end; at++) sum += steps[at] ?? 0
    const power = sum / width
    if (levelOf(power) > absoluteGate) powers.push(power)
  }
  return powers
}

/** Those that are not more than `below` LU under the mean of all. */
const gated = (powers: ReadonlyArray<number>, below: number): ReadonlyArray<number> => {
  const gate = levelOf(mean(powers)) - below
  return powers.filter((power) => levelOf(power) > gate)
}

/** Loudness range (EBU Tech 3342): from the 10th to the 95th percentile of the loudness of 3 s; 0 for less. */
const rangeOf = (steps: ReadonlyArray<number>): number => {
  const levels = gated(audible(steps, 30), 20)
    .map(levelOf)
    .toSorted((a, b) => a - b)
  const percentile = (share: number) => levels[Math.round(share * (levels.length - 1))] ?? 0
  return percentile(0.95) - percentile(0.1)
}

/**
 * Measures streamed mono or stereo sound at a rate of 4 kHz or more (ITU-R BS.1770-4). It keeps one number for each
 * 100 ms: 14 MB for two days. Samples that are no numbers count as silence.
 */
export const loudnessMeter = (sampleRate: number, channelCount: 1 | 2): LoudnessMeter => {
  const weighting = kWeighting(sampleRate)
  const channels = Array.from({ length: channelCount }, () => ({
    shelf: filterOf(weighting[0]),
    pass: filterOf(weighting[1]),
    peak: truePeakMeter(sampleRate)
  }))
  const stepFrames = Math.round(sampleRate / 10)
  /** Power of each 100 ms, the channels added up. */
  const steps: Array<number> = []
  let sum = 0
  let frames = 0
  const add = (samples: ReadonlyArray<Float32Array>): void => {
    for (const [n, { peak }] of channels.entries()) peak.add(samples[n] ?? new Float32Array())
    const length = samples[0]?.length ?? 0
    for (let i = 0; i < length; i++) {
      for (let n = 0; n < channels.length; n++) {
        const sample = samples[n]?.[i] ?? 0
        const channel = channels[n]
        if (channel === undefined) continue
        const weighted = channel.pass(channel.shelf(Number.isFinite(sample) ? sample : 0))
        sum += weighted * weighted
      }
      if (++frames === stepFrames) {
        steps.push(sum / stepFrames)
        sum = 0
        frames = 0
      }
    }
  }
  const read = (): Loudness | undefined => {
    const integrated = levelOf(mean(gated(audible(steps, 4), 10)))
    const truePeak = 20 * Math.log10(Math.max(...channels.map(({ peak }) => peak.read())))
    const range = rangeOf(steps)
    return [integrated, truePeak, range].every(Number.isFinite) ? { integrated, range, truePeak } : undefined
  }
  return { add, read }
}
