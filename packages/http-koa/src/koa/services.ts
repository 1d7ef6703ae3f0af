import { Context, type Effect } from "effect"
import type * as Accounts from "@veza/domain/accounts"
import type { AuditTrail, IdempotencyKeys, MaintenanceMode, PlatformSettings, RateLimiter } from "@veza/domain/platform"
import type * as Payments from "@veza/domain/payments"
import type * as Distribution from "@veza/domain/distribution"
import type * as Subscriptions from "@veza/domain/subscriptions"
import type * as Royalties from "@veza/domain/royalties"
import type * as Tracks from "@veza/domain/tracks"
import type { Changes, Ids, Outbox, Sealing, Secrets, Transaction } from "@veza/domain/kernel"
import type { CookieSettings } from "./cookies.ts"
import type { Csrf } from "./csrf.ts"
import type { Limits } from "./limits.ts"
import type { ResponseCache } from "./response-cache.ts"

/** What handlers know of this host. */
export class HostSettings extends Context.Service<
  HostSettings,
  {
    readonly cookies: CookieSettings
    /** Milliseconds without progress after which a raw exchange is given up (STREAM_IDLE_TIMEOUT). */
    readonly streamIdle: number
    /** Where the front end is (FRONTEND_URL), and where browsers reach this API (PUBLIC_URL), without a slash behind. */
    readonly frontendUrl: string
    readonly publicUrl: string
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
  | ResponseCache
  | Accounts.AccessTokens
  | Accounts.AccountErasure
  | Accounts.AccountSettings
  | Accounts.ApiKeys
  | Accounts.KeyPrincipals
  | Accounts.KeyUsage
  | Accounts.EmailChanges
  | Accounts.FailedAttempts
  | Accounts.LoginChallenges
  | Accounts.ImageFiles
  | Accounts.ImageNotes
  | Accounts.ImageProcessing
  | Accounts.DeletionGuards
  | Accounts.Erasers
  | Accounts.ExportFiles
  | Accounts.Exports
  | Accounts.MailTokens
  | Accounts.OneTimePasswords
  | Accounts.OAuthIdentities
  | Accounts.OAuthProviders
  | Accounts.OAuthStates
  | Accounts.PasswordHasher
  | Accounts.Principals
  | Accounts.PrivacyChoices
  | Accounts.Profiles
  | Accounts.ProfileImages
  | Accounts.ProviderTokens
  | Accounts.PublishedKeys
  | Accounts.RefreshTokens
  | Accounts.SecondFactors
  | Accounts.Sessions
  | Accounts.UserAdministration
  | Accounts.Terms
  | Accounts.UserProfiles
  | Accounts.UserSettingsStore
  | Accounts.Users
  | AuditTrail
  | Changes
  | IdempotencyKeys
  | Ids
  | MaintenanceMode
  | Outbox
  | Payments.Disputes
  | Payments.Mandates
  | Payments.PaymentDeliveries
  | Payments.PaymentProvider
  | Payments.PaymentSettlers
  | PlatformSettings
  | RateLimiter
  | Royalties.RoyaltyImports
  | Royalties.RoyaltyLedger
  | Royalties.RoyaltyRates
  | Royalties.RoyaltySettings
  | Royalties.StatementFiles
  | Sealing
  | Secrets
  | Subscriptions.BillingSettings
  | Subscriptions.InvoiceDocuments
  | Subscriptions.Invoices
  | Subscriptions.Subscriptions
  | Distribution.DistributionRights
  | Distribution.Distributor
  | Distribution.Recordings
  | Distribution.Releases
  | Distribution.Submissions
  | Tracks.AudioAnalysis
  | Tracks.ContentHashing
  | Tracks.HlsSettings
  | Tracks.Likes
  | Tracks.Notices
  | Tracks.ListenerDigests
  | Tracks.Plays
  | Tracks.PlaySessions
  | Tracks.PlayStatistics
  | Tracks.RenditionFiles
  | Tracks.PartialFiles
  | Tracks.ResumableUploads
  | Tracks.Scanner
  | Tracks.Shares
  | Tracks.TrackChanges
  | Tracks.TrackCovers
  | Tracks.TrackFiles
  | Tracks.TrackPlaces
  | Tracks.TrackSettings
  | Tracks.StreamServerKey
  | Tracks.TrackStreams
  | Tracks.TrackSuggestions
  | Tracks.Tracks
  | Tracks.Uploads
  | Tracks.UploadSlots
  | Transaction
