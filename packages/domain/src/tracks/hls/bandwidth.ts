/** A media segment as it was made. */
export interface MadeSegment {
  readonly bytes: number
  /** Seconds. */
  readonly duration: number
}

const rateOf = (bytes: number, duration: number): number => Math.ceil((bytes * 8) / duration)

/** Bits per second over all of it (RFC 8216, 4.3.4.2, AVERAGE-BANDWIDTH). */
export const averageBandwidth = (segments: ReadonlyArray<MadeSegment>): number =>
  rateOf(
    segments.reduce((sum, { bytes }) => sum + bytes, 0),
    segments.reduce((sum, { duration }) => sum + duration, 0)
  )

/**
 * Bits per second of the densest run of segments that lasts half to one and a half of the target duration (RFC 8216,
 * 4.1, "peak segment bit rate"); what is shorter than that altogether counts whole. Never below the average.
 */
export const peakBandwidth = (segments: ReadonlyArray<MadeSegment>, targetDuration: number): number => {
  let peak = averageBandwidth(segments)
  for (let first = 0; first < segments.length; first++) {
    let [bytes, duration] = [0, 0]
    for (const segment of segments.slice(first)) {
      bytes += segment.bytes
      duration += segment.duration
      if (duration > targetDuration * 1.5) break
      if (duration >= targetDuration * 0.5) peak = Math.max(peak, rateOf(bytes, duration))
    }
  }
  return peak
}
