import { DateTime, Effect } from "effect"
import { contextOf, Forbidden, Outbox, ownsOrAdministers, type SignedIn, Transaction } from "../kernel/index.ts"
import { TrackNotFound } from "./errors.ts"
import { trackUpdated } from "./events.ts"
import { type ChangedFields, Tracks } from "./ports.ts"
import { readTrack } from "./read-track.ts"
import type { Track, TrackChange, TrackId } from "./track.ts"

/** What is given: absent keys stay absent. */
const given = <Key extends string, A>(key: Key, value: A | undefined): { readonly [K in Key]?: A } | {} =>
  value === undefined ? {} : { [key]: value }
const trimmed = (text: string | null | undefined) => text?.trim() ?? text

const fieldsOf = (change: TrackChange): ChangedFields => ({
  ...given("title", change.title?.trim()),
  ...given("artist", trimmed(change.artist)),
  ...given("album", trimmed(change.album)),
  ...given("genre", trimmed(change.genre)),
  ...given("year", change.year),
  ...given("bpm", change.bpm),
  ...given("musicalKey", trimmed(change.musical_key)),
  ...given("tags", change.tags),
  ...given("lyrics", change.lyrics),
  ...given("description", change.description),
  ...given("isrc", change.isrc),
  ...given("isPublic", change.is_public),
  ...given("downloadable", change.downloadable)
})

const apply = Effect.fnUntraced(function* (actor: SignedIn, track: Track, change: TrackChange) {
  const changed = yield* (yield* Tracks).change(track.id, fieldsOf(change), yield* DateTime.now)
  if (!changed) return yield* new TrackNotFound()
  const byAdmin = actor.userId !== track.userId
  yield* (yield* Outbox).append([
    trackUpdated(track, contextOf(actor), {
      fields: Object.keys(change),
      by_admin: byAdmin,
      ...given("is_public", change.is_public)
    })
  ])
  if (byAdmin) yield* Effect.logInfo("an administrator changed a track", { track_id: track.id })
})

/** A track that the actor may change: one that is not to be seen does not exist, one that is seen may be another's. */
export const ownedTrack = Effect.fnUntraced(function* (actor: SignedIn, id: TrackId) {
  const track = yield* readTrack(actor, id, undefined)
  return ownsOrAdministers(actor, track.userId) ? track : yield* new Forbidden({ reason: "not_yours" })
})

/**
 * Changes what is said about a track (20-tracks, "Rights"): its owner, or an administrator. Answers the track as it is
 * then; a change without keys changes nothing.
 */
export const changeTrack = Effect.fn("tracks.change")(function* (actor: SignedIn, id: TrackId, change: TrackChange) {
  const track = yield* ownedTrack(actor, id)
  if (Object.keys(change).length > 0) yield* (yield* Transaction).atomically(apply(actor, track, change))
  return yield* readTrack(actor, id, undefined)
})
