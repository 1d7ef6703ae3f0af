import { DateTime, Effect, Option, Redacted } from "effect"
import {
  type Actor,
  type ListQuery,
  type ListSpec,
  ownsOrAdministers,
  planList,
  Secrets,
  type StoredFile
} from "../kernel/index.ts"
import { accessTo, ensureReady, ensureUnblocked, ensureVisible } from "./access.ts"
import { audioFormats } from "./audio-format.ts"
import {
  DownloadNotAllowed,
  InvalidShareToken,
  TrackFileMissing,
  TrackNotFound,
  WaveformUnavailable
} from "./errors.ts"
import {
  type LinkTerms,
  type Share,
  Shares,
  type TrackFilter,
  TrackFiles,
  Tracks,
  type TrackSort,
  type TrackSound
} from "./ports.ts"
import { linkLifetimes } from "./storage-times.ts"
import type { Track, TrackId } from "./track.ts"

export const trackList: ListSpec<TrackSort> = {
  name: "tracks",
  sorts: { created_at: "time", title: "text", plays: "number", likes: "number", duration: "number" },
  fallback: "created_at"
}

/** The public list of ready tracks (20-tracks, "Reading"). */
export const listTracks = Effect.fnUntraced(function* (filter: TrackFilter, query: ListQuery) {
  const plan = yield* planList(trackList, query, filter)
  return { plan, page: yield* (yield* Tracks).listPublic(filter, plan) }
})

const load = Effect.fnUntraced(function* (id: TrackId) {
  return yield* Option.match(yield* (yield* Tracks).byId(id), {
    onNone: () => Effect.fail(new TrackNotFound()),
    onSome: Effect.succeed
  })
})

const shareOf = Effect.fnUntraced(function* (secret: string) {
  const digest = (yield* Secrets).digest(Redacted.make(secret))
  return yield* (yield* Shares).living(digest, yield* DateTime.now)
})

const opens = (share: Option.Option<Share>, id: TrackId): boolean => Option.isSome(share) && share.value.trackId === id

/** A track as the actor may see it; `share` is the secret of a share link, where there is one. */
export const readTrack = Effect.fnUntraced(function* (actor: Actor, id: TrackId, share: string | undefined) {
  const track = yield* load(id)
  if (share === undefined) return yield* ensureVisible(track, actor, false)
  return yield* ensureVisible(track, actor, opens(yield* shareOf(share), id))
})

const seenBy = Effect.fnUntraced(function* (actor: Actor, id: TrackId, share: string | undefined) {
  const found = yield* (yield* Tracks).soundOf(id)
  if (Option.isNone(found)) return yield* new TrackNotFound()
  const hasShare = share !== undefined && opens(yield* shareOf(share), id)
  return { sound: yield* ensureVisible(found.value, actor, hasShare), hasShare }
})

/** The followed part of a track, as the actor may see it. */
export const readSound = (actor: Actor, id: TrackId, share: string | undefined) =>
  Effect.map(seenBy(actor, id, share), ({ sound }) => sound)

/** What playing a track needs, for somebody who may; `hasShare`: they hold a link to it. */
export const soundFor = (actor: Actor, id: TrackId, share: string | undefined) =>
  Effect.tap(seenBy(actor, id, share), ({ sound }) => ensureReady(sound))

/** The sound of a track for whoever may hear it: open for reading as long as the scope lives, or where to fetch it. */
export const deliverTrack = Effect.fnUntraced(function* (
  actor: Actor,
  id: TrackId,
  share: string | undefined,
  method: LinkTerms["method"]
) {
  const { sound: track } = yield* soundFor(actor, id, share)
  const { contentType } = audioFormats[track.format]
  const found = yield* (yield* TrackFiles).deliver(track, { method, contentType, lifetime: linkLifetimes.stream })
  if (Option.isNone(found)) return yield* new TrackFileMissing({ trackId: track.id })
  return { track, delivery: found.value }
})

export interface DownloadTerms {
  readonly method: LinkTerms["method"]
  /** The whole Content-Disposition of this track. */
  readonly dispositionOf: (track: Track) => string
}

/**
 * The file behind a track, to take along: for its owner and administrators, for everybody where it is downloadable, and
 * for whoever holds a share link that says so (20-tracks, "Reading").
 */
export const openForDownload = Effect.fn("tracks.download")(function* (
  actor: Actor,
  id: TrackId,
  secret: string | undefined,
  { method, dispositionOf }: DownloadTerms
) {
  const share = secret === undefined ? Option.none() : yield* shareOf(secret)
  const track = yield* Effect.flatMap(ensureVisible(yield* load(id), actor, opens(share, id)), ensureReady)
  const isShared = opens(share, id) && Option.exists(share, ({ permission }) => permission === "download")
  if (!track.downloadable && !isShared && !ownsOrAdministers(actor, track.userId)) {
    return yield* new DownloadNotAllowed()
  }
  const found = yield* (yield* TrackFiles).deliver(track, {
    method,
    contentType: track.contentType,
    disposition: dispositionOf(track),
    lifetime: linkLifetimes.download
  })
  if (Option.isNone(found)) return yield* new TrackFileMissing({ trackId: track.id })
  return { track, delivery: found.value }
})

/**
 * The same as `deliverTrack` without any effect, for somebody who listens on: all is known and the file is open.
 * Undefined says nothing: `deliverTrack` decides. What it answers is for use at once.
 */
export const trackAtHand = (
  tracks: Tracks["Service"],
  files: TrackFiles["Service"],
  actor: Actor,
  id: TrackId
): { readonly track: TrackSound; readonly file: StoredFile } | undefined => {
  const track = Option.getOrUndefined(tracks.peekSound(id) ?? Option.none())
  if (track === undefined || track.status !== "ready" || accessTo(track, actor, false) !== "visible") return undefined
  const file = files.peek(track)
  return file && { track, file }
}

/** The track behind a share link, whoever holds it. Unknown, expired and revoked are one and the same; blocked is not. */
export const readShared = Effect.fnUntraced(function* (secret: string) {
  const share = yield* shareOf(secret)
  if (Option.isNone(share)) return yield* new InvalidShareToken()
  const track = Option.getOrUndefined(yield* (yield* Tracks).byId(share.value.trackId))
  if (track === undefined || track.status !== "ready") return yield* new InvalidShareToken()
  yield* ensureUnblocked(track)
  return { track, permission: share.value.permission }
})

/** A track with the peaks of its waveform, 0 to 255, where one was drawn. */
export const readWithPeaks = Effect.fnUntraced(function* (actor: Actor, id: TrackId, share: string | undefined) {
  const track = yield* readTrack(actor, id, share)
  return { track, peaks: Option.getOrUndefined(yield* (yield* Tracks).waveformOf(track.id)) }
})

/** The same where one must be there. */
export const readWaveform = Effect.fnUntraced(function* (actor: Actor, id: TrackId, share: string | undefined) {
  const { track, peaks } = yield* readWithPeaks(actor, id, share)
  return peaks === undefined ? yield* new WaveformUnavailable() : { track, peaks }
})
