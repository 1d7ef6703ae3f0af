export interface WaveformShape {
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/** The bounds of a drawn waveform, in pixels. */
export const waveformBounds = { width: { least: 16, most: 4000 }, height: { least: 8, most: 1000 } } as const

/** Six hexadecimal digits: red, green, blue. */
export const waveformColour = /^[0-9a-fA-F]{6}$/u
/** Slate: enough contrast on white and on black. */
export const usualColour = "6b7f99"

/** Pixels from one bar to the next; two of three are drawn. */
const pitch = 3
const barWidth = 2

/** The share of a bar at silence, so that there is always something to see. */
const floor = 0.02
/** Mastered music fills the scale nearly everywhere: a power makes its quieter parts stand out. */
const contrast = 1.6

/**
 * Heights of `count` bars, from 0.02 to 1: each the mean power of its share of the peaks, against the largest. Fewer
 * peaks than bars are repeated; without any the bars are as low as they get.
 */
export const barsOf = (peaks: ReadonlyArray<number>, count: number): ReadonlyArray<number> => {
  const levels = Array.from({ length: count }, (_, bar) => {
    const from = Math.floor((bar * peaks.length) / count)
    const share = peaks.slice(from, Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / count)))
    const power = share.reduce((sum, peak) => sum + peak * peak, 0) / Math.max(1, share.length)
    return Math.sqrt(power)
  })
  const loudest = Math.max(1, ...levels)
  return levels.map((level) => Math.max(floor, (level / loudest) ** contrast))
}

/** At most one decimal: more cannot be seen. */
const short = (value: number): string => String(Math.round(value * 10) / 10)

/** Bars as one path of upright lines around the middle, `step` units from one to the next. */
export const barPath = (bars: ReadonlyArray<number>, step: number, height: number): string =>
  bars
    .map((bar, n) => {
      const length = bar * height
      return `M${short(n * step + step / 2)} ${short((height - length) / 2)}v${short(length)}`
    })
    .join("")

/**
 * A waveform as an SVG document: upright bars with round ends around the middle. The same input gives the same bytes,
 * at most 40 KB of them. `colour` is taken as `waveformColour` says.
 */
export const waveformSvg = (
  peaks: ReadonlyArray<number>,
  { width, height }: WaveformShape,
  colour: string = usualColour
): string => {
  const bars = barsOf(peaks, Math.max(1, Math.floor(width / pitch)))
  // The round ends reach beyond the lines.
  const path = barPath(bars, width / bars.length, height - barWidth)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img"><title>Waveform</title><path d="${path}" transform="translate(0 ${barWidth / 2})" fill="none" stroke="#${colour.toLowerCase()}" stroke-width="${barWidth}" stroke-linecap="round"/></svg>`
}
