import { Effect, Option } from "effect"
import {
  bytesOfImage,
  discardFormer,
  discardImage,
  type ImageShape,
  type StoredImage,
  storeImage
} from "../accounts/index.ts"
import { type Actor, contextOf, Outbox, type SignedIn, Transaction } from "../kernel/index.ts"
import { ownedTrack } from "./change-track.ts"
import { CoverArt, TrackCovers } from "./cover-ports.ts"
import { CoverUnavailable, TrackNotFound } from "./errors.ts"
import { trackUpdated } from "./events.ts"
import { TrackFiles, Tracks } from "./ports.ts"
import { readSound, readTrack } from "./read-track.ts"
import type { Track, TrackId } from "./track.ts"

/** Covers are small enough for players of other sites to take them as a thumbnail. */
export const coverShape: ImageShape = { width: 600, height: 600 }
/** Bytes of a picture inside a sound file; larger ones are left there. */
export const maxEmbeddedCover = 16 * 1024 * 1024

const announce = Effect.fnUntraced(function* (actor: SignedIn, track: Track) {
  yield* (yield* Outbox).append([
    trackUpdated(track, contextOf(actor), { fields: ["cover"], by_admin: actor.userId !== track.userId })
  ])
})

const show = Effect.fnUntraced(function* (actor: SignedIn, track: Track, cover: StoredImage) {
  const before = yield* (yield* TrackCovers).set(track.id, cover)
  if (Option.isNone(before)) return yield* new TrackNotFound()
  yield* announce(actor, track)
  return before.value.former
})

const hide = Effect.fnUntraced(function* (actor: SignedIn, track: Track) {
  const former = yield* (yield* TrackCovers).clear(track.id)
  if (Option.isSome(former)) yield* announce(actor, track)
  return former
})

/**
 * Gives a track the cover that its owner, or an administrator, sends. `send` is run only for them. The file belongs to
 * the track's owner, with whose account it goes.
 */
export const setCover = Effect.fn("tracks.setCover")(function* <E, R>(
  actor: SignedIn,
  id: TrackId,
  send: Effect.Effect<Uint8Array, E, R>
) {
  const track = yield* ownedTrack(actor, id)
  const cover = yield* storeImage(track.userId, yield* send, coverShape)
  yield* discardFormer(yield* (yield* Transaction).atomically(show(actor, track, cover)))
  return yield* readTrack(actor, id, undefined)
})

/** Takes a track's cover away; doing so twice is no mistake. */
export const clearCover = Effect.fn("tracks.clearCover")(function* (actor: SignedIn, id: TrackId) {
  const track = yield* ownedTrack(actor, id)
  yield* discardFormer(yield* (yield* Transaction).atomically(hide(actor, track)))
  return yield* readTrack(actor, id, undefined)
})

/** The bytes of a track's cover, for whoever may see the track. */
export const readCover = Effect.fnUntraced(function* (actor: Actor, id: TrackId, share: string | undefined) {
  const { cover, isPublic } = yield* readSound(actor, id, share)
  if (cover === null) return yield* new CoverUnavailable()
  const bytes = yield* bytesOfImage(cover)
  if (Option.isNone(bytes)) return yield* new CoverUnavailable()
  return { cover, bytes: bytes.value, isPublic }
})

/** What became of looking for a cover in a track's file. */
export type CoverOutcome = "shown" | "none" | "unusable" | "not_wanted"

const pictureIn = Effect.fnUntraced(function* (track: Track) {
  const path = yield* (yield* TrackFiles).localPath({ stored: track })
  if (Option.isNone(path)) return Option.none()
  return yield* (yield* CoverArt).embedded(path.value, maxEmbeddedCover)
}, Effect.scoped)

const showFirst = Effect.fnUntraced(function* (track: Track, picture: Uint8Array) {
  const cover = yield* storeImage(track.userId, picture, coverShape)
  if (yield* (yield* TrackCovers).setFirst(track.id, cover)) return "shown"
  yield* discardImage(cover.storageKey)
  return "not_wanted"
})

/**
 * Shows the picture inside a ready track's file as its cover (20-tracks, "A worker then …"), unless it has one already.
 * A picture that cannot be used leaves the track as it is. Harmless to repeat.
 */
export const extractCover = Effect.fn("tracks.extractCover")(function* (id: TrackId) {
  const track = Option.getOrUndefined(yield* (yield* Tracks).byId(id))
  if (track === undefined || track.status !== "ready" || track.cover !== null) return "not_wanted" as CoverOutcome
  const picture = yield* pictureIn(track)
  if (Option.isNone(picture)) return "none" as CoverOutcome
  return yield* showFirst(track, picture.value).pipe(
    Effect.map((outcome): CoverOutcome => outcome),
    Effect.catchTags({
      UnsupportedImage: () => Effect.succeed<CoverOutcome>("unusable"),
      ImageTooLarge: () => Effect.succeed<CoverOutcome>("unusable")
    })
  )
})
