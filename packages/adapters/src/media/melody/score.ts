import { bassNote, chordSteps, pitch, voicing } from "./harmony.ts"
import { seededRandom } from "./random.ts"
import type { SampleSong } from "./songs.ts"
import type { VoiceName } from "./voices.ts"

/** A note to be played: times in seconds, level 0 to 1, pan from -1 (left) to 1 (right). */
export interface Note {
  readonly start: number
  readonly held: number
  readonly midi: number
  readonly level: number
  readonly pan: number
  readonly voice: VoiceName
}

const rhythms: Readonly<Record<2 | 3 | 4, ReadonlyArray<ReadonlyArray<number>>>> = {
  2: [
    [1, 1],
    [0.5, 0.5, 1],
    [1.5, 0.5],
    [1, 0.5, 0.5]
  ],
  3: [
    [2, 1],
    [1, 1, 1],
    [1.5, 0.5, 1],
    [1, 2]
  ],
  4: [
    [1, 0.5, 0.5, 1, 1],
    [1.5, 0.5, 1, 1],
    [0.5, 0.5, 1, 0.5, 0.5, 1],
    [1.5, 1.5, 1]
  ]
}

/** How long the last chord rings, in seconds. */
const ending = 2.6

/** Writes the notes of a song, sorted by start, and its length in seconds. Deterministic for a song. */
export const scoreOf = (song: SampleSong): { readonly notes: ReadonlyArray<Note>; readonly seconds: number } => {
  const { style } = song
  const random = seededRandom(song.seed)
  const beat = 60 / song.bpm
  const notes: Array<Note> = []
  const play = (voice: VoiceName, at: number, beats: number, midi: number, level: number, pan: number) => {
    const offbeat = Math.abs((at % 1) - 0.5) < 0.01
    const human = voice === "kick" ? 0 : random() * 0.008
    notes.push({
      start: Math.max(0, (at + (offbeat ? style.swing : 0)) * beat + human),
      held: beats * beat * 0.95,
      midi,
      level: level * (0.92 + 0.16 * random()),
      pan,
      voice
    })
  }

  const chord = (degree: number, at: number) => {
    const tones = voicing(style, degree)
    for (const [i, tone] of tones.entries()) {
      play("pad", at, style.beatsPerChord, tone, 0.05, i % 2 === 0 ? -0.6 : 0.6)
    }
    if (style.comping === "arpeggio") {
      const order = [...tones, ...tones.slice(1, -1).toReversed()]
      for (let i = 0; i < style.beatsPerChord * 2; i++) {
        const tone = order[i % order.length] ?? tones[0] ?? style.tonic
        play(style.chords, at + i / 2, 0.9, tone, i % 2 === 0 ? 0.17 : 0.13, i % 2 === 0 ? -0.35 : 0.4)
      }
      return
    }
    const strokes = style.comping === "block" ? [0] : Array.from({ length: style.beatsPerChord }, (_, i) => i + 0.5)
    for (const stroke of strokes) {
      const beats = style.comping === "block" ? style.beatsPerChord : 0.6
      for (const [i, tone] of tones.entries()) {
        play(style.chords, at + stroke, beats, tone, 0.12, (i / (tones.length - 1)) * 0.9 - 0.45)
      }
    }
  }

  const low = (degree: number, at: number) => {
    const root = bassNote(style, degree)
    play("bass", at, style.beatsPerChord === 2 ? 1.4 : 1.8, root, 0.3, 0)
    if (style.beatsPerChord === 4) play("bass", at + 2, 1.5, root, 0.25, 0)
    const last = style.beatsPerChord - 0.5
    play("bass", at + last, 0.5, root + 7 > 50 ? root - 5 : root + 7, 0.19, 0)
  }

  let step = 9
  const rhythmOf = [0, 1].map(() => rhythms[style.beatsPerChord][Math.floor(random() * 4)] ?? [1])
  const lead = (degree: number, at: number, index: number) => {
    let position = 0
    for (const length of rhythmOf[index % 2] ?? []) {
      const wander = Math.round(random() * 4 - 2)
      if (position % 1 === 0) {
        const wanted = Math.min(13, Math.max(6, step + wander))
        const tones = chordSteps(style, degree).flatMap((tone) => [tone - 7, tone, tone + 7, tone + 14])
        step = tones.reduce((best, tone) => (Math.abs(tone - wanted) < Math.abs(best - wanted) ? tone : best))
      } else {
        step += random() < 0.5 && step > 6 ? -1 : 1
      }
      if (position === 0 || random() > 0.12) {
        const midi = pitch(style, step)
        play(style.lead, at + position, length, midi > 84 ? midi - 12 : midi, 0.27, 0.12)
      }
      position += length
    }
  }

  const drums = (at: number) => {
    for (let i = 0; i < style.beatsPerChord; i++) {
      const even = (at + i) % 2 === 0
      if (style.drums === "four" || (style.drums === "soft" && even)) play("kick", at + i, 0.3, 36, 0.42, 0)
      if (style.drums !== "none" && !even) play("snare", at + i, 0.2, 38, style.drums === "brushes" ? 0.07 : 0.14, -0.1)
      if (style.drums !== "none") {
        play("hat", at + i + 0.5, 0.1, 42, 0.12, 0.35)
        if (style.drums !== "four") play("hat", at + i, 0.1, 42, 0.07, 0.35)
      }
    }
  }

  for (const [index, degree] of style.progression.entries()) {
    const at = index * style.beatsPerChord
    chord(degree, at)
    low(degree, at)
    lead(degree, at, index)
    drums(at)
  }

  const end = style.progression.length * style.beatsPerChord
  const ringing = ending / beat
  for (const [i, tone] of voicing(style, 0).entries()) {
    play(style.chords, end + i * 0.06, ringing, tone, 0.16, i * 0.3 - 0.4)
    play("pad", end, ringing / 2, tone, 0.05, i % 2 === 0 ? -0.6 : 0.6)
  }
  play("bass", end, ringing, bassNote(style, 0), 0.3, 0)
  play(style.lead, end, ringing / 2, pitch(style, 7) > 79 ? pitch(style, 0) : pitch(style, 7), 0.25, 0.12)
  return { notes: notes.toSorted((a, b) => a.start - b.start), seconds: end * beat + ending }
}
