import { Context, type Effect, type Option } from "effect"
import type { AudioFormat } from "./audio-format.ts"
import type { Loudness } from "./loudness.ts"
import type { TrackId } from "./track.ts"

/** How loud tracks were found to be. */
export class TrackLoudness extends Context.Service<
  TrackLoudness,
  {
    /** False when there is no such track any more. */
    readonly record: (id: TrackId, loudness: Loudness) => Effect.Effect<boolean>
  }
>()("@veza/domain/tracks/TrackLoudness") {}

/** Measures sound files by ITU-R BS.1770-4. */
export class LoudnessAnalysis extends Context.Service<
  LoudnessAnalysis,
  {
    /** To a tenth. Nothing where this installation cannot decode the file, and for silence. */
    readonly measure: (path: string, format: AudioFormat, durationMs: number) => Effect.Effect<Option.Option<Loudness>>
  }
>()("@veza/domain/tracks/LoudnessAnalysis") {}
