import type { SongStyle } from "./songs.ts"

const scales = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10]
} as const satisfies Record<SongStyle["scale"], ReadonlyArray<number>>

/** MIDI number of the `step`th scale step above the tonic (below it when negative). */
export const pitch = (style: SongStyle, step: number): number => {
  const octave = Math.floor(step / 7)
  return style.tonic + 12 * octave + (scales[style.scale][step - 7 * octave] ?? 0)
}

/** Scale steps of the chord on `degree`: thirds on top of each other. */
export const chordSteps = (style: SongStyle, degree: number): ReadonlyArray<number> =>
  (style.sevenths ? [0, 2, 4, 6] : [0, 2, 4]).map((third) => degree + third)

const lowest = 53

/** The chord's tones folded into one octave and a bit round middle C, so that neighbouring chords lie close. */
export const voicing = (style: SongStyle, degree: number): ReadonlyArray<number> =>
  chordSteps(style, degree)
    .map((step) => {
      const note = pitch(style, step)
      return lowest + ((((note - lowest) % 12) + 12) % 12)
    })
    .toSorted((a, b) => a - b)

/** The chord's root in the bass register, E1 to D#2. */
export const bassNote = (style: SongStyle, degree: number): number => {
  const note = pitch(style, degree)
  return 36 + ((((note - 36) % 12) + 12) % 12)
}

/** Frequency in hertz of a MIDI note in equal temperament, A4 = 440 Hz. */
export const hertz = (midi: number): number => 440 * 2 ** ((midi - 69) / 12)
