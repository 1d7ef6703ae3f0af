import { addPartial, shape, songSampleRate } from "./oscillators.ts"
import { seededRandom } from "./random.ts"

export type VoiceName = "keys" | "pluck" | "bell" | "flute" | "pad" | "bass" | "kick" | "snare" | "hat"

/** One instrument: fills the empty `buffer` with a note of `hertz` that is let go after `held` seconds. */
type Voice = (buffer: Float64Array, hertz: number, held: number) => Float64Array

const turn = (2 * Math.PI) / songSampleRate

/** A struck tine in the manner of an electric piano: frequency modulation whose depth decays with the note. */
const keys: Voice = (buffer, hertz, held) => {
  addPartial(buffer, hertz, 1.3, 3.2)
  for (let i = 0; i < buffer.length; i++) buffer[i] = Math.sin(turn * hertz * i + (buffer[i] ?? 0))
  addPartial(buffer, hertz * 7, 0.07, 20)
  return shape(buffer, { attack: 350, decay: 1.9, held, release: 9 })
}

/** A plucked string: the higher the harmonic, the sooner it fades and the sharper it is. */
const pluck: Voice = (buffer, hertz, held) => {
  for (let n = 1; n <= 6; n++) {
    addPartial(buffer, hertz * n * Math.sqrt(1 + 0.0002 * n * n), 0.75 / n ** 1.3, 1.6 + 1.3 * n)
  }
  return shape(buffer, { attack: 500, held, release: 6 })
}

const bell: Voice = (buffer, hertz, held) => {
  addPartial(buffer, hertz, 0.7, 2)
  addPartial(buffer, hertz * 2, 0.25, 3.5)
  addPartial(buffer, hertz * 3.01, 0.13, 6)
  addPartial(buffer, hertz * 5.2, 0.06, 11)
  return shape(buffer, { attack: 300, held, release: 3 })
}

const flute: Voice = (buffer, hertz, held) => {
  const step = turn * hertz
  let phase = 0
  for (let i = 0; i < buffer.length; i++) {
    const vibrato = Math.min(1, i / songSampleRate) * Math.sin(turn * 5.1 * i)
    phase += step * (1 + 0.005 * vibrato)
    buffer[i] = 0.6 * Math.sin(phase) + 0.13 * Math.sin(2 * phase) + 0.04 * Math.sin(3 * phase)
  }
  return shape(buffer, { attack: 28, held, release: 14 })
}

const pad: Voice = (buffer, hertz, held) => {
  for (const detune of [0.9975, 1, 1.0028]) {
    addPartial(buffer, hertz * detune, 0.3, 0)
    addPartial(buffer, hertz * detune * 2, 0.085, 0)
    addPartial(buffer, hertz * detune * 3, 0.03, 0)
  }
  return shape(buffer, { attack: 5, held, release: 4 })
}

const bass: Voice = (buffer, hertz, held) => {
  addPartial(buffer, hertz, 1, 1.1)
  addPartial(buffer, hertz * 2, 0.35, 6)
  addPartial(buffer, hertz * 3, 0.1, 2)
  return shape(buffer, { attack: 140, held, release: 22 })
}

const kick: Voice = (buffer) => {
  let phase = 0
  for (let i = 0; i < buffer.length; i++) {
    phase += turn * (47 + 85 * Math.exp((-30 * i) / songSampleRate))
    buffer[i] = Math.sin(phase)
  }
  return shape(buffer, { attack: 900, decay: 9 })
}

/** Noise whose low end (sign -1) or high end (sign 1) is taken out by combining neighbouring samples. */
const noise = (buffer: Float64Array, sign: 1 | -1): void => {
  const random = seededRandom(77)
  let last = 0
  for (let i = 0; i < buffer.length; i++) {
    const next = random() * 2 - 1
    buffer[i] = 0.5 * (next + sign * last)
    last = next
  }
}

const hat: Voice = (buffer) => {
  noise(buffer, -1)
  return shape(buffer, { attack: 5000, decay: 70 })
}

const snare: Voice = (buffer) => {
  noise(buffer, 1)
  addPartial(buffer, 185, 0.4, 8)
  return shape(buffer, { attack: 900, decay: 19 })
}

const voices: Readonly<Record<VoiceName, Voice>> = { keys, pluck, bell, flute, pad, bass, kick, snare, hat }

/** How long a voice sounds on after its note was let go, in seconds, until it cannot be heard. */
const tails: Readonly<Record<VoiceName, number>> = {
  keys: 0.7,
  pluck: 1,
  bell: 1.6,
  flute: 0.5,
  pad: 1.6,
  bass: 0.3,
  kick: 0.6,
  snare: 0.4,
  hat: 0.12
}

/** The mono samples of one whole note of `hertz`, let go after `held` seconds. */
export const sound = (voice: VoiceName, hertz: number, held: number): Float64Array =>
  voices[voice](new Float64Array(Math.round((held + tails[voice]) * songSampleRate)), hertz, held)
