const outer = [
  0.001708984375, 0.010986328125, -0.0196533203125, 0.033203125, -0.0594482421875, 0.1373291015625, 0.97216796875,
  -0.102294921875, 0.047607421875, -0.026611328125, 0.014892578125, -0.00830078125
]
const inner = [
  -0.0291748046875, 0.029296875, -0.0517578125, 0.089111328125, -0.16650390625, 0.465087890625, 0.77978515625,
  -0.2003173828125, 0.1015625, -0.0582275390625, 0.0330810546875, -0.0189208984375
]
/** The four phases of the interpolating filter of ITU-R BS.1770-4, Annex 2. */
const phases = [outer, inner, inner.toReversed(), outer.toReversed()].map((phase) => Float64Array.from(phase))
const taps = 12
/** From this rate on the samples themselves lie close enough. */
const fineRate = 192_000

export interface TruePeakMeter {
  readonly add: (samples: Float32Array) => void
  /** The highest level so far, 1 at full scale. */
  readonly read: () => number
}

/** Finds the peak between the samples of one channel by four times as many (ITU-R BS.1770-4, Annex 2). */
export const truePeakMeter = (sampleRate: number): TruePeakMeter => {
  let highest = 0
  let before = new Float64Array(taps - 1)
  const add = (samples: Float32Array): void => {
    const row = new Float64Array(before.length + samples.length)
    row.set(before)
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] ?? 0
      row[before.length + i] = Number.isFinite(sample) ? sample : 0
      if (Math.abs(row[before.length + i] ?? 0) > highest) highest = Math.abs(row[before.length + i] ?? 0)
    }
    if (sampleRate < fineRate) {
      for (let i = 0; i < samples.length; i++) {
        for (const phase of phases) {
          let value = 0
          for (let tap = 0; tap < taps; tap++) value += (phase[tap] ?? 0) * (row[i + taps - 1 - tap] ?? 0)
          if (value > highest) highest = value
          else if (-value > highest) highest = -value
        }
      }
    }
    before = row.slice(row.length - (taps - 1))
  }
  return { add, read: () => highest }
}
