import type { DateTime, HashMap } from "effect"
import type { TokenPurpose, UsedSession, User } from "@veza/domain/accounts"
import type { EventEnvelope, SessionId, UserId } from "@veza/domain/kernel"
import type { Share, Track, TrackId, UploadLease, UploadState } from "@veza/domain/tracks"

export interface UserRow {
  readonly user: User
  readonly passwordHash: string
  readonly lastLogin: { readonly at: DateTime.Utc; readonly ip: string } | undefined
  readonly loginCount: number
}

export interface OutboxRow {
  readonly sequence: number
  readonly event: EventEnvelope
  readonly attempts: number
  /** Milliseconds since the epoch, as all times of this row. */
  readonly availableAt: number
  readonly leasedUntil: number
  readonly lastError: string | undefined
}

/** What each table holds, by the name of the table. Keys are ids unless told otherwise. */
export interface Rows {
  readonly users: UserRow
  readonly sessions: UsedSession & {
    readonly revoked: { readonly at: DateTime.Utc; readonly reason: string } | undefined
  }
  /** By digest. */
  readonly refreshTokens: {
    readonly sessionId: SessionId
    readonly rotatedAt: DateTime.Utc | undefined
    readonly successor: Uint8Array | undefined
  }
  /** By digest. */
  readonly mailTokens: {
    readonly purpose: TokenPurpose
    readonly userId: UserId | undefined
    readonly expiresAt: DateTime.Utc
    readonly usedAt: DateTime.Utc | undefined
  }
  /** By sequence. */
  readonly outbox: OutboxRow
  /** By sequence. */
  readonly buried: OutboxRow
  /** Milliseconds at which it was handled, by consumer and event. */
  readonly inbox: number
  readonly settings: boolean
  readonly jobs: { readonly begunAt: number; readonly leasedUntil: number }
  readonly tracks: { readonly track: Track; readonly peaks: ReadonlyArray<number> | undefined }
  /** By track and user. */
  readonly likes: { readonly trackId: TrackId; readonly userId: UserId; readonly at: DateTime.Utc }
  readonly shares: { readonly share: Share; readonly revokedAt: DateTime.Utc | undefined }
  readonly uploads: UploadLease & { readonly state: UploadState }
}

export type TableName = keyof Rows
export type Tables = { readonly [T in TableName]: HashMap.HashMap<string, Rows[T]> }
