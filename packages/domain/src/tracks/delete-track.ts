import { DateTime, Effect, Option, Result } from "effect"
import { contextOf, Forbidden, Outbox, ownsOrAdministers, type SignedIn, Transaction } from "../kernel/index.ts"
import { accessTo } from "./access.ts"
import { TrackErasure } from "./erasure-ports.ts"
import { TrackNotFound, TrackPrivate } from "./errors.ts"
import { trackDeleted } from "./events.ts"
import { RenditionFiles } from "./hls/ports.ts"
import { TrackFiles, Tracks } from "./ports.ts"
import { TrackBlocked } from "./rights/errors.ts"
import { ownerOfStorageKey, type Track, type TrackId, type TrackPlace } from "./track.ts"

/** Tracks deleted by one request, at most. */
export const maxBatch = 100

const remove = Effect.fnUntraced(function* (actor: SignedIn, tracks: ReadonlyArray<Track>) {
  const ids = tracks.map(({ id }) => id)
  const removed = new Set(yield* (yield* Tracks).remove(ids, yield* DateTime.now))
  const gone = tracks.filter(({ id }) => removed.has(id))
  const event = (track: Track) => trackDeleted(track, contextOf(actor), { by_admin: track.userId !== actor.userId })
  yield* (yield* Outbox).append(gone.map(event))
  yield* Effect.forEach(
    gone.filter(({ userId }) => userId !== actor.userId),
    ({ id }) => Effect.logInfo("an administrator deleted a track", { track_id: id }),
    { discard: true }
  )
  return removed
})

export type DeletionFailure = TrackNotFound | TrackPrivate | TrackBlocked | Forbidden

/** May it be deleted? What is blocked may go: nobody need keep what they are said to have no right to. */
const judge = (actor: SignedIn, track: Track | undefined): Result.Result<Track, DeletionFailure> => {
  if (track === undefined) return Result.fail(new TrackNotFound())
  if (ownsOrAdministers(actor, track.userId)) return Result.succeed(track)
  switch (accessTo(track, actor, false)) {
    case "visible":
      return Result.fail(new Forbidden({ reason: "not_yours" }))
    case "private":
      return Result.fail(new TrackPrivate())
    case "absent":
      return Result.fail(new TrackNotFound())
    case "blocked":
      return Result.fail(new TrackBlocked())
  }
}

/**
 * Deletes a track (20-tracks, "Rights"): its owner, or an administrator. Row, likes and share links go at once; the
 * file, which is noted with them, goes when the event is handled.
 */
export const deleteTrack = Effect.fn("tracks.delete")(function* (actor: SignedIn, id: TrackId) {
  const found = Option.getOrUndefined(yield* (yield* Tracks).byId(id))
  const track = yield* Effect.fromResult(judge(actor, found))
  const removed = yield* (yield* Transaction).atomically(remove(actor, [track]))
  if (!removed.has(track.id)) return yield* new TrackNotFound()
})

/** Deletes those of many tracks that are the actor's, in one transaction; answers what became of each. */
export const deleteTracks = Effect.fn("tracks.deleteMany")(function* (actor: SignedIn, ids: ReadonlyArray<TrackId>) {
  const wanted = [...new Set(ids)]
  const found = new Map((yield* (yield* Tracks).byIds(wanted)).map((track) => [track.id, track]))
  const judged = wanted.map((id) => ({ id, verdict: judge(actor, found.get(id)) }))
  const allowed = judged.flatMap(({ verdict }) => (Result.isSuccess(verdict) ? [verdict.success] : []))
  const removed = allowed.length === 0 ? new Set() : yield* (yield* Transaction).atomically(remove(actor, allowed))
  return judged.map(({ id, verdict }) => ({
    id,
    failure: Result.isFailure(verdict) ? verdict.failure : removed.has(id) ? undefined : new TrackNotFound()
  }))
})

/**
 * Removes the files of deleted tracks that still lie there, and their renditions. Harmless to repeat: what is left to do
 * is on record.
 */
export const removeDeletedFile = Effect.fn("tracks.removeDeletedFile")(function* (place: TrackPlace) {
  const owner = ownerOfStorageKey(place.storageKey)
  if (owner !== undefined) {
    // A file that was left by a move is noted too; its track plays on, and so do its renditions.
    const plays = Option.exists(yield* (yield* Tracks).byId(owner.trackId), ({ status }) => status === "ready")
    if (!plays) yield* (yield* RenditionFiles).removeAll(owner)
  }
  yield* (yield* TrackFiles).remove(place)
  yield* (yield* TrackErasure).forgetFile(place)
})
