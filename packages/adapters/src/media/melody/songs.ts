import type { VoiceName } from "./voices.ts"

/** How a song is arranged. */
export interface SongStyle {
  /** MIDI number of the tonic, near middle C (60). */
  readonly tonic: number
  readonly scale: "major" | "minor" | "dorian"
  /** Scale degrees of the chords, 0 being the tonic. */
  readonly progression: ReadonlyArray<number>
  readonly beatsPerChord: 2 | 3 | 4
  readonly sevenths: boolean
  readonly lead: VoiceName
  readonly chords: VoiceName
  readonly comping: "arpeggio" | "offbeat" | "block"
  readonly drums: "none" | "soft" | "four" | "brushes"
  /** How late off-beat eighths come, in beats: 0 straight, 0.16 a full triplet swing. */
  readonly swing: number
}

/** A short song that the project owns: its tags and everything needed to synthesise it. */
export interface SampleSong {
  readonly title: string
  readonly artist: string
  readonly album: string
  readonly genre: string
  readonly year: number
  readonly bpm: number
  /** Key as ID3's TKEY writes it, for example `Am`. */
  readonly musicalKey: string
  readonly seed: number
  readonly style: SongStyle
}

/** Songs for demonstration data and tests, 8 to 12 seconds each. */
export const sampleSongs: ReadonlyArray<SampleSong> = [
  {
    title: "Paper Lanterns",
    artist: "Mara Lune",
    album: "Harbour Lights",
    genre: "Lo-fi",
    year: 2023,
    bpm: 78,
    musicalKey: "D",
    seed: 1107,
    style: {
      tonic: 62,
      scale: "major",
      progression: [0, 5, 3, 4, 0, 3],
      beatsPerChord: 2,
      sevenths: true,
      lead: "bell",
      chords: "keys",
      comping: "block",
      drums: "soft",
      swing: 0.1
    }
  },
  {
    title: "Night Tram",
    artist: "Velvet Circuit",
    album: "Last Stop",
    genre: "Synthwave",
    year: 2021,
    bpm: 108,
    musicalKey: "Am",
    seed: 2718,
    style: {
      tonic: 57,
      scale: "minor",
      progression: [0, 5, 2, 6],
      beatsPerChord: 4,
      sevenths: false,
      lead: "flute",
      chords: "pluck",
      comping: "arpeggio",
      drums: "four",
      swing: 0
    }
  },
  {
    title: "Clearwater Waltz",
    artist: "Ines Corvo",
    album: "Letters Home",
    genre: "Folk",
    year: 2019,
    bpm: 132,
    musicalKey: "G",
    seed: 31,
    style: {
      tonic: 55,
      scale: "major",
      progression: [0, 4, 5, 3, 0, 4],
      beatsPerChord: 3,
      sevenths: false,
      lead: "flute",
      chords: "pluck",
      comping: "arpeggio",
      drums: "none",
      swing: 0
    }
  },
  {
    title: "Cedar and Salt",
    artist: "Otto Brandt Trio",
    album: "Tidewater",
    genre: "Acoustic",
    year: 2024,
    bpm: 94,
    musicalKey: "Em",
    seed: 8086,
    style: {
      tonic: 64,
      scale: "dorian",
      progression: [0, 3, 0, 6, 3, 4],
      beatsPerChord: 2,
      sevenths: false,
      lead: "pluck",
      chords: "pluck",
      comping: "arpeggio",
      drums: "brushes",
      swing: 0
    }
  },
  {
    title: "Small Hours",
    artist: "The Quiet Five",
    album: "Corner Table",
    genre: "Jazz",
    year: 2018,
    bpm: 88,
    musicalKey: "F",
    seed: 5150,
    style: {
      tonic: 53,
      scale: "major",
      progression: [0, 5, 1, 4, 0, 1],
      beatsPerChord: 2,
      sevenths: true,
      lead: "keys",
      chords: "keys",
      comping: "offbeat",
      drums: "brushes",
      swing: 0.15
    }
  },
  {
    title: "Sunroof",
    artist: "Kilo Avenue",
    album: "Warm Asphalt",
    genre: "House",
    year: 2025,
    bpm: 122,
    musicalKey: "Cm",
    seed: 909,
    style: {
      tonic: 60,
      scale: "minor",
      progression: [0, 3, 5, 4],
      beatsPerChord: 4,
      sevenths: true,
      lead: "bell",
      chords: "keys",
      comping: "offbeat",
      drums: "four",
      swing: 0.03
    }
  }
]
