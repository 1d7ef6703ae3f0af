import { DateTime, Effect, Option } from "effect"
import {
  contextOf,
  Forbidden,
  Ids,
  Outbox,
  ownsOrAdministers,
  Secrets,
  type SignedIn,
  Transaction
} from "../kernel/index.ts"
import { ensureReady } from "./access.ts"
import { ShareNotFound } from "./errors.ts"
import { trackShared, trackShareRevoked } from "./events.ts"
import { type Share, type SharePermission, Shares, Tracks } from "./ports.ts"
import { readTrack } from "./read-track.ts"
import { ShareId, type Track, type TrackId } from "./track.ts"

export interface ShareCommand {
  readonly permission: SharePermission
  /** Seconds until the link ends; it never ends by itself when absent. */
  readonly expiresIn: number | undefined
}

const store = Effect.fnUntraced(function* (actor: SignedIn, track: Track, share: Share) {
  yield* (yield* Shares).add(share)
  yield* (yield* Outbox).append([
    trackShared(track, contextOf(actor), { share_id: share.id, permission: share.permission })
  ])
})

/**
 * Makes a share link (20-tracks, "Likes and sharing"): anyone signed in may share a public track to listen to, only
 * owner or admin a private one, and only they may hand on a track that is not downloadable as a download.
 */
export const shareTrack = Effect.fn("tracks.share")(function* (actor: SignedIn, id: TrackId, command: ShareCommand) {
  const track = yield* Effect.flatMap(readTrack(actor, id, undefined), ensureReady)
  if (command.permission === "download" && !track.downloadable && !ownsOrAdministers(actor, track.userId)) {
    return yield* new Forbidden({ reason: "not_yours" })
  }
  const issued = yield* (yield* Secrets).issue
  const now = yield* DateTime.now
  const share: Share = {
    id: ShareId.make(yield* (yield* Ids).entity),
    trackId: track.id,
    createdBy: actor.userId,
    digest: issued.digest,
    permission: command.permission,
    expiresAt: command.expiresIn === undefined ? undefined : DateTime.add(now, { seconds: command.expiresIn }),
    createdAt: now
  }
  yield* (yield* Transaction).atomically(store(actor, track, share))
  return { share, secret: issued.secret }
})

const withdraw = Effect.fnUntraced(function* (actor: SignedIn, share: Share, track: Track) {
  yield* (yield* Shares).revoke(share.id, yield* DateTime.now)
  yield* (yield* Outbox).append([trackShareRevoked(track, contextOf(actor), { share_id: share.id })])
})

/** Ends a share link: the sharer, the track's owner or an admin. To anyone else it does not exist. */
export const revokeShare = Effect.fn("tracks.revokeShare")(function* (actor: SignedIn, id: ShareId) {
  const share = Option.getOrUndefined(yield* (yield* Shares).byId(id))
  if (share === undefined) return yield* new ShareNotFound()
  const track = Option.getOrUndefined(yield* (yield* Tracks).byId(share.trackId))
  if (track === undefined) return yield* new ShareNotFound()
  if (share.createdBy !== actor.userId && !ownsOrAdministers(actor, track.userId)) return yield* new ShareNotFound()
  yield* (yield* Transaction).atomically(withdraw(actor, share, track))
})
