import { Context, type DateTime, type Effect } from "effect"
import type { UserId } from "../kernel/index.ts"
import type { Share } from "./ports.ts"
import type { Track, TrackId, TrackPlace } from "./track.ts"

export interface LikeRecord {
  readonly trackId: TrackId
  readonly title: string
  readonly likedAt: DateTime.Utc
}

export interface ShareRecord extends Share {
  readonly revokedAt: DateTime.Utc | undefined
}

/** Everything that tracks hold about somebody, in pages: the rows behind `after`, by their keys. */
export class TrackRecords extends Context.Service<
  TrackRecords,
  {
    readonly tracks: (owner: UserId, after: Track | undefined, limit: number) => Effect.Effect<ReadonlyArray<Track>>
    readonly likes: (
      owner: UserId,
      after: LikeRecord | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<LikeRecord>>
    /** The share links that somebody made. */
    readonly shares: (
      owner: UserId,
      after: ShareRecord | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ShareRecord>>
  }
>()("@veza/domain/tracks/TrackRecords") {}

/** What deleting an account does to the rows of tracks. */
export class TrackErasure extends Context.Service<
  TrackErasure,
  {
    /** No upload of theirs that is under way becomes a track any more. */
    readonly refuseUploads: (owner: UserId) => Effect.Effect<void>
    /**
     * Removes their tracks with what hangs on them, but the public ones where these are kept; notes the files that lose
     * their rows. Answers how many went.
     */
    readonly removeTracks: (owner: UserId, keepPublic: boolean, at: DateTime.Utc) => Effect.Effect<number>
    /** Ends every share link they made. */
    readonly revokeShares: (owner: UserId, at: DateTime.Utc) => Effect.Effect<void>
    /** Claims places of their files that no row refers to any more (see `TrackPlaces`). */
    readonly removedFiles: (owner: UserId, limit: number) => Effect.Effect<ReadonlyArray<TrackPlace>>
    readonly forgetFile: (place: TrackPlace) => Effect.Effect<void>
    /** Removes their likes, of which the counts of tracks take notice, and the share links they made. */
    readonly forgetTraces: (owner: UserId) => Effect.Effect<void>
  }
>()("@veza/domain/tracks/TrackErasure") {}
