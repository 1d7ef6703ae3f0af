import { Context, type Effect } from "effect"
import type * as Accounts from "@veza/domain/accounts"
import type { MaintenanceMode, PlatformSettings } from "@veza/domain/platform"
import type * as Tracks from "@veza/domain/tracks"
import type { Changes, Ids, Outbox, Sealing, Secrets, Transaction } from "@veza/domain/kernel"
import type { CookieSettings } from "./cookies.ts"
import type { Csrf } from "./csrf.ts"
import type { Limits } from "./limits.ts"

/** What handlers know of this host. */
export class HostSettings extends Context.Service<
  HostSettings,
  {
    readonly cookies: CookieSettings
    /** Milliseconds without progress after which a raw exchange is given up (STREAM_IDLE_TIMEOUT). */
    readonly streamIdle: number
  }
>()("@veza/http-koa/HostSettings") {}

/** The state of a thing this process depends on. */
export interface DependencyState {
  readonly name: string
  readonly up: boolean
  /** Down means not ready. */
  readonly required: boolean
  /** Milliseconds. */
  readonly latency: number | null
  readonly message?: string
}

/** What health routes ask. */
export class Health extends Context.Service<
  Health,
  {
    readonly dependencies: Effect.Effect<ReadonlyArray<DependencyState>>
    /** False from the moment a shutdown begins. */
    readonly accepting: () => boolean
    readonly version: string
    /** Seconds. */
    readonly uptime: () => number
  }
>()("@veza/http-koa/Health") {}

/** Everything that handlers and the guards before them may use. */
export type Services =
  | HostSettings
  | Health
  | Csrf
  | Limits
  | Accounts.AccessTokens
  | Accounts.AccountSettings
  | Accounts.MailTokens
  | Accounts.PasswordHasher
  | Accounts.Principals
  | Accounts.Profiles
  | Accounts.RefreshTokens
  | Accounts.Sessions
  | Accounts.Users
  | Changes
  | Ids
  | MaintenanceMode
  | Outbox
  | PlatformSettings
  | Sealing
  | Secrets
  | Tracks.AudioAnalysis
  | Tracks.ContentHashing
  | Tracks.Likes
  | Tracks.Scanner
  | Tracks.Shares
  | Tracks.TrackFiles
  | Tracks.TrackSettings
  | Tracks.Tracks
  | Tracks.Uploads
  | Tracks.UploadSlots
  | Transaction
