import { DateTime, Effect, Option } from "effect"
import { type EventContext, Outbox, Transaction } from "../kernel/index.ts"
import { trackFailed, trackReady } from "./events.ts"
import { AudioAnalysis, type ProbedAudio, TrackFiles, Tracks } from "./ports.ts"
import type { Track, TrackId } from "./track.ts"

const finish = Effect.fnUntraced(function* (
  track: Track,
  audio: ProbedAudio,
  peaks: ReadonlyArray<number> | undefined,
  context: EventContext
) {
  const moved = yield* (yield* Tracks).markReady(
    track.id,
    { facts: audio.facts, tags: audio.tags, peaks },
    yield* DateTime.now
  )
  if (moved) yield* (yield* Outbox).append([trackReady(track, context, { duration_ms: audio.facts.durationMs })])
})

const giveUp = Effect.fnUntraced(function* (track: Track, message: string, context: EventContext) {
  const moved = yield* (yield* Tracks).moveTo(track.id, "failed", message, yield* DateTime.now)
  if (moved) yield* (yield* Outbox).append([trackFailed(track, context, { message })])
})

const analyse = Effect.fnUntraced(function* (path: string) {
  const analysis = yield* AudioAnalysis
  const audio = yield* analysis.probe(path)
  return { audio, peaks: Option.getOrUndefined(yield* analysis.peaks(path, audio)) }
})

/**
 * Learns what a new track's sound says and makes it `ready` (20-tracks, "A worker then reads …"). Harmless to repeat:
 * the row is only moved out of `processing`. A file that cannot be read makes the track `failed`, with the reason.
 */
export const processTrack = Effect.fn("tracks.process")(function* (id: TrackId, context: EventContext) {
  const track = Option.getOrUndefined(yield* (yield* Tracks).byId(id))
  if (track === undefined || track.status !== "processing") return
  const atomically = (yield* Transaction).atomically
  const path = Option.getOrUndefined(yield* (yield* TrackFiles).localPath({ stored: track }))
  if (path === undefined) return yield* atomically(giveUp(track, "the file is missing", context))
  yield* analyse(path).pipe(
    Effect.matchEffect({
      onFailure: () => atomically(giveUp(track, "the file could not be read as audio", context)),
      onSuccess: ({ audio, peaks }) => atomically(finish(track, audio, peaks, context))
    })
  )
}, Effect.scoped)
