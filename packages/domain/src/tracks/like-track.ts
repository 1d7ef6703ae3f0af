import { DateTime, Effect } from "effect"
import type { SignedIn } from "../kernel/index.ts"
import { ensureReady } from "./access.ts"
import { Likes } from "./ports.ts"
import { readTrack } from "./read-track.ts"
import type { TrackId } from "./track.ts"

/** Likes a track; liking it again changes nothing. Answers the count. */
export const likeTrack = Effect.fn("tracks.like")(function* (actor: SignedIn, id: TrackId) {
  const track = yield* Effect.flatMap(readTrack(actor, id, undefined), ensureReady)
  return yield* (yield* Likes).add(track.id, actor.userId, yield* DateTime.now)
})

export const unlikeTrack = Effect.fn("tracks.unlike")(function* (actor: SignedIn, id: TrackId) {
  const track = yield* readTrack(actor, id, undefined)
  return yield* (yield* Likes).remove(track.id, actor.userId)
})

export const likesOfTrack = Effect.fn("tracks.likes")(function* (actor: SignedIn, id: TrackId) {
  const track = yield* readTrack(actor, id, undefined)
  return yield* (yield* Likes).of(track.id, actor.userId)
})
