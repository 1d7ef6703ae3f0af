import { hertz } from "./melody/harmony.ts"
import { songSampleRate } from "./melody/oscillators.ts"
import { reverb } from "./melody/reverb.ts"
import { type Note, scoreOf } from "./melody/score.ts"
import type { SampleSong } from "./melody/songs.ts"
import { sound } from "./melody/voices.ts"

export { songSampleRate }

const blockFrames = 4096
const fadeSeconds = 1.4
const wet = 0.07

/** Length of a song in frames. */
export const songFrames = (song: SampleSong): number => Math.round(scoreOf(song).seconds * songSampleRate)

/** A note that sounds from frame `first` on. */
interface Sounding {
  readonly first: number
  readonly samples: Float64Array
  readonly leftLevel: number
  readonly rightLevel: number
}

const strike = (note: Note): Sounding => {
  const angle = ((note.pan + 1) * Math.PI) / 4
  return {
    first: Math.round(note.start * songSampleRate),
    samples: sound(note.voice, hertz(note.midi), note.held),
    leftLevel: Math.cos(angle) * note.level,
    rightLevel: Math.sin(angle) * note.level
  }
}

/** Adds the part of a note that lies in the block starting at frame `from`. */
const mix = (note: Sounding, from: number, left: Float64Array, right: Float64Array): void => {
  const { samples, first, leftLevel, rightLevel } = note
  const end = Math.min(left.length, first + samples.length - from)
  for (let i = Math.max(0, first - from); i < end; i++) {
    const sample = samples[from + i - first] ?? 0
    left[i] = (left[i] ?? 0) + sample * leftLevel
    right[i] = (right[i] ?? 0) + sample * rightLevel
  }
}

/** Soft limit: quiet sound passes almost unchanged, nothing ever reaches full scale. */
const limit = (sample: number) => 0.93 * Math.tanh(1.3 * sample)

/**
 * Synthesises a song as interleaved stereo floats (±1) at 44.1 kHz, block by block. The same song always gives the
 * same samples; it fades out and never clips.
 */
export function* renderSong(song: SampleSong): Generator<Float32Array<ArrayBuffer>> {
  const waiting = [...scoreOf(song).notes]
  const frames = songFrames(song)
  const fade = fadeSeconds * songSampleRate
  const roomLeft = reverb(0)
  const roomRight = reverb(23)
  let sounding: Array<Sounding> = []
  for (let from = 0; from < frames; from += blockFrames) {
    const length = Math.min(blockFrames, frames - from)
    const left = new Float64Array(length)
    const right = new Float64Array(length)
    const upcoming = waiting.findIndex((note) => note.start * songSampleRate >= from + length)
    sounding.push(...waiting.splice(0, upcoming < 0 ? waiting.length : upcoming).map(strike))
    for (const note of sounding) mix(note, from, left, right)
    sounding = sounding.filter((note) => note.first + note.samples.length > from + length)
    const echoLeft = roomLeft(left)
    const echoRight = roomRight(right)
    const block = new Float32Array(length * 2)
    for (let i = 0; i < length; i++) {
      const remaining = Math.min(1, (frames - from - i - 1) / fade)
      const gain = 0.5 - 0.5 * Math.cos(Math.PI * remaining)
      block[2 * i] = gain * limit((left[i] ?? 0) + wet * (echoLeft[i] ?? 0))
      block[2 * i + 1] = gain * limit((right[i] ?? 0) + wet * (echoRight[i] ?? 0))
    }
    yield block
  }
}
