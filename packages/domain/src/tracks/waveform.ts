/** How many peaks a waveform has unless told otherwise. */
export const waveformPeaks = 800

/** The largest number of peaks a waveform may have. */
export const maxWaveformPeaks = 8000

// Keeps bucket limits, products of frames and peaks, exact in a double.
const maxFrames = 2 ** 40

export interface PeakAccumulator {
  /** Takes the next mono samples: floats of full scale ±1, or 16-bit integers. */
  readonly add: (samples: Float32Array | Int16Array) => void
  /** The peaks so far, each 0 to 255, where 255 is full scale. */
  readonly peaks: () => Array<number>
}

const bounded = (value: number, least: number, most: number) =>
  Number.isFinite(value) ? Math.min(most, Math.max(least, Math.floor(value))) : least

/**
 * Draws a waveform from streamed mono samples in constant memory: `count` buckets of equal length over `totalFrames`
 * frames, each the largest absolute sample in it on an absolute scale. How the stream is cut into chunks changes
 * nothing. Frames beyond `totalFrames`, which may be an estimate, fall into the last bucket; missing ones are silence.
 * Sound shorter than `count` frames is stretched. `totalFrames` is at least 1 and `count` from 1 to 8000; other values
 * are moved into those bounds.
 */
export const peaksOf = (totalFrames: number, count: number = waveformPeaks): PeakAccumulator => {
  const total = bounded(totalFrames, 1, maxFrames)
  const width = bounded(count, 1, maxWaveformPeaks)
  const buckets = new Float64Array(Math.min(width, total))
  const endOf = (bucket: number) =>
    bucket >= buckets.length - 1 ? Number.POSITIVE_INFINITY : Math.ceil(((bucket + 1) * total) / buckets.length)
  let frame = 0
  let bucket = 0
  let end = endOf(0)
  const add = (samples: Float32Array | Int16Array): void => {
    const scale = samples instanceof Int16Array ? 1 / 32_768 : 1
    for (const sample of samples) {
      if (frame >= end) {
        bucket++
        end = endOf(bucket)
      }
      const level = Math.abs(sample) * scale
      if (level > (buckets[bucket] ?? 0)) buckets[bucket] = level
      frame++
    }
  }
  const peaks = () =>
    Array.from({ length: width }, (_, i) => {
      const level = buckets[Math.floor((i * buckets.length) / width)] ?? 0
      return Math.round(Math.min(1, level) * 255)
    })
  return { add, peaks }
}
