/** Sample rate of everything synthesised, in hertz. */
export const songSampleRate = 44_100

// These work on whole buffers: locals in a tight loop run some twenty times faster than closures called per sample.

/** Adds a sine of `hertz` that starts at `level` and falls by the factor e every `1 / rate` seconds. */
export const addPartial = (buffer: Float64Array, hertz: number, level: number, rate: number): void => {
  const angle = (2 * Math.PI * hertz) / songSampleRate
  const twice = 2 * Math.cos(angle)
  const factor = Math.exp(-rate / songSampleRate)
  let before = -Math.sin(angle)
  let last = 0
  let gain = level
  for (let i = 0; i < buffer.length; i++) {
    buffer[i] = (buffer[i] ?? 0) + last * gain
    const next = twice * last - before
    before = last
    last = next
    gain *= factor
  }
}

/** How a note's loudness runs: rates are per second, 0 for none. */
export interface Envelope {
  readonly attack: number
  readonly decay?: number
  /** After `held` seconds the note falls at `release`. */
  readonly held?: number
  readonly release?: number
}

/** Shapes a note's loudness in place. */
export const shape = (buffer: Float64Array, envelope: Envelope): Float64Array => {
  const rise = Math.exp(-envelope.attack / songSampleRate)
  const fall = Math.exp(-(envelope.decay ?? 0) / songSampleRate)
  const letGo = Math.exp(-(envelope.release ?? 0) / songSampleRate)
  const held = (envelope.held ?? Number.POSITIVE_INFINITY) * songSampleRate
  let missing = 1
  let gain = 1
  for (let i = 0; i < buffer.length; i++) {
    buffer[i] = (buffer[i] ?? 0) * (1 - missing) * gain
    missing *= rise
    gain *= i > held ? fall * letGo : fall
  }
  return buffer
}
