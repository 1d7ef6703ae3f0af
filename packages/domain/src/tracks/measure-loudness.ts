import { Effect, Option } from "effect"
import { LoudnessAnalysis, TrackLoudness } from "./loudness-ports.ts"
import { TrackFiles, Tracks } from "./ports.ts"
import type { TrackId } from "./track.ts"

/** Measures how loud a ready track is, where that can be; answers whether it is known now. Harmless to repeat. */
export const measureLoudness = Effect.fn("tracks.measureLoudness")(function* (id: TrackId) {
  const track = Option.getOrUndefined(yield* (yield* Tracks).byId(id))
  if (track === undefined || track.status !== "ready") return false
  if (track.loudness !== null) return true
  const path = yield* (yield* TrackFiles).localPath({ stored: track })
  if (Option.isNone(path)) return false
  const loudness = yield* (yield* LoudnessAnalysis).measure(path.value, track.format, track.durationMs ?? 0)
  return Option.isSome(loudness) && (yield* (yield* TrackLoudness).record(id, loudness.value))
}, Effect.scoped)
