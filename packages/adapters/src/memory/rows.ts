import type { DateTime, HashMap } from "effect"
import type {
  Acceptance,
  ApiKey,
  EmailChange,
  Export,
  Failures,
  ImageKind,
  LoginChallenge,
  OAuthIdentity,
  OAuthState,
  OptOut,
  SettingsChange,
  SocialLinks,
  StoredImage,
  StoredTokens,
  TokenPurpose,
  UsedSession,
  User
} from "@veza/domain/accounts"
import type { DisputeCase, Mandate, NewDelivery } from "@veza/domain/payments"
import type { AuditEntry, HeldKey } from "@veza/domain/platform"
import type { Attempt, HistoryEntry, Invoice, Subscription } from "@veza/domain/subscriptions"
import type { Day, EventEnvelope, SessionId, UserId } from "@veza/domain/kernel"
import type {
  Entry,
  HistoryRow,
  Recording,
  Release,
  ReleaseContent,
  ReleaseId,
  Share as RoyaltyShare,
  Submission
} from "@veza/domain/distribution"
import type {
  EarningId,
  Earning,
  ImportId,
  Rate,
  Royalty,
  RoyaltyId,
  RoyaltyImport,
  Split,
  StatementLine
} from "@veza/domain/royalties"
import type {
  Notice,
  PlayEvent,
  PlaySession,
  RecordedChange,
  BuildId,
  HlsSet,
  Share,
  Track,
  TrackId,
  TrackPlace,
  ResumableUpload,
  TrackStream,
  UploadLease,
  UploadState
} from "@veza/domain/tracks"

export interface UserRow {
  readonly user: User
  readonly passwordHash: string | undefined
  readonly lastLogin: { readonly at: DateTime.Utc; readonly ip: string } | undefined
  readonly loginCount: number
  readonly ban: { readonly at: DateTime.Utc; readonly reason: string } | undefined
  readonly usernameChangedAt: DateTime.Utc | undefined
  readonly deletedAt: DateTime.Utc | undefined
  readonly anonymisedAt: DateTime.Utc | undefined
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

export interface PaymentRow extends Attempt {
  readonly claimedUntil: DateTime.Utc | undefined
  readonly refundDueAt: DateTime.Utc | undefined
  readonly refundedAt: DateTime.Utc | undefined
  readonly refundFailures: number
}

/** What each table holds, by the name of the table. Keys are ids unless told otherwise. */
export interface Rows {
  readonly users: UserRow
  readonly sessions: UsedSession & {
    readonly revoked: { readonly at: DateTime.Utc; readonly reason: string } | undefined
  }
  /** By user. */
  readonly userProfiles: {
    readonly userId: UserId
    readonly bio: string | null
    readonly socialLinks: SocialLinks
    readonly isPrivate: boolean
  }
  /** By name, in lower case. */
  readonly heldUsernames: { readonly userId: UserId; readonly until: DateTime.Utc }
  /** By user and kind. */
  readonly profileImages: StoredImage & { readonly userId: UserId; readonly kind: ImageKind }
  /** When it was noted, by storage key. */
  readonly imageFiles: { readonly storageKey: string; readonly notedAt: DateTime.Utc }
  /** By user. */
  readonly userSettings: { readonly userId: UserId; readonly chosen: SettingsChange }
  /** By user. */
  readonly optOuts: { readonly userId: UserId; readonly choice: OptOut }
  /** By user, type and version. */
  readonly termsAcceptances: Acceptance
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
  readonly apiKeys: {
    readonly key: ApiKey
    /** As hexadecimal digits. */
    readonly digest: string
    readonly revokedAt: DateTime.Utc | undefined
  }
  /** By user. Backup codes by digest, with whether they were used. */
  readonly secondFactors: {
    readonly userId: UserId
    readonly secret: Uint8Array
    /** Undefined while it waits for its first code. */
    readonly enabledAt: DateTime.Utc | undefined
    readonly lastStep: number
    readonly backupCodes: ReadonlyMap<string, boolean>
  }
  /** By digest. */
  readonly loginChallenges: LoginChallenge & {
    readonly expiresAt: DateTime.Utc
    readonly attempts: number
    readonly used: boolean
  }
  /** By digest. */
  readonly failedAttempts: Failures
  /** By user. */
  readonly emailChanges: EmailChange & { readonly digest: string; readonly expiresAt: DateTime.Utc }
  readonly exports: Export & {
    readonly heldUntil: DateTime.Utc | undefined
    readonly cleanedAt: DateTime.Utc | undefined
  }
  readonly oauthIdentities: OAuthIdentity & StoredTokens
  /** By digest. */
  readonly oauthStates: OAuthState
  /** By sequence. */
  readonly outbox: OutboxRow
  /** By sequence. */
  readonly buried: OutboxRow
  /** Milliseconds at which it was handled, by consumer and event. */
  readonly inbox: number
  /** By user, route and key. */
  readonly idempotencyKeys: HeldKey & {
    readonly userId: UserId
    readonly attempt: string
    readonly leasedUntil: DateTime.Utc
    readonly expiresAt: DateTime.Utc
  }
  /** By sequence. */
  readonly auditEntries: AuditEntry
  readonly settings: boolean
  readonly jobs: { readonly name: string; readonly begunAt: number | null; readonly leasedUntil: number }
  readonly tracks: {
    readonly track: Track
    readonly peaks: ReadonlyArray<number> | undefined
    readonly hls: HlsSet | null
  }
  /** By track and user. */
  readonly likes: { readonly trackId: TrackId; readonly userId: UserId; readonly at: DateTime.Utc }
  readonly notices: Notice
  readonly shares: { readonly share: Share; readonly revokedAt: DateTime.Utc | undefined }
  readonly trackStreams: TrackStream
  /** Files that no row refers to, by store and key. */
  readonly removedTrackFiles: TrackPlace & {
    readonly userId: UserId
    readonly removedAt: DateTime.Utc
    readonly claimedUntil: DateTime.Utc | undefined
  }
  /** By track. */
  readonly renditionBuilds: {
    readonly trackId: TrackId
    readonly attempts: number
    readonly dueAt: DateTime.Utc
    readonly build: BuildId | undefined
    readonly heldUntil: DateTime.Utc | undefined
    readonly failedAt: DateTime.Utc | undefined
    readonly lastError: string | undefined
  }
  /** The key that a look through a store has come to, by store. */
  readonly storageSweeps: string
  /** By track and session. */
  readonly playSessions: PlaySession
  /** When somebody was counted, by track and listener. */
  readonly recentPlays: DateTime.Utc
  readonly playEvents: PlayEvent
  readonly playPending: PlayEvent
  /** The months that room was made for, as YYYY-MM. */
  readonly playMonths: true
  /** By track and day. */
  readonly playDays: {
    readonly trackId: TrackId
    readonly day: Day
    readonly plays: number
    readonly completions: number
  }
  /** By track, day and listener. */
  readonly playListeners: { readonly trackId: TrackId; readonly day: Day; readonly listener: string }
  readonly trackChanges: RecordedChange
  readonly royaltyImports: { readonly entry: RoyaltyImport; readonly heldUntil: DateTime.Utc | undefined }
  /** By import and line. */
  readonly royaltyLines: { readonly importId: ImportId; readonly line: StatementLine }
  readonly royaltyEarnings: Earning & { readonly matchedAt?: DateTime.Utc }
  /** By earning and position. */
  readonly royaltySplits: Split & { readonly earningId: EarningId }
  readonly royalties: Omit<Royalty, "reportedIn" | "trackId" | "shareBps">
  /** By user and royalty. */
  readonly royaltyClaims: {
    readonly userId: UserId
    readonly royaltyId: RoyaltyId
    readonly isOwner: boolean
    readonly shareBps: number
  }
  /** By target, currency and period. */
  readonly royaltyRates: Rate
  readonly uploads: UploadLease & {
    readonly state: UploadState
    /** The latest last. */
    readonly places: ReadonlyArray<TrackPlace>
    readonly trackId: TrackId | null
    readonly resumable: ResumableRow | undefined
  }
  readonly releases: Release
  /** By UPC. */
  readonly releaseUpcs: ReleaseId
  /** By track. */
  readonly recordings: Recording
  /** Since when a store sells a recording, by track. */
  readonly soldRecordings: DateTime.Utc
  /** The last designation given out, by prefix and year. */
  readonly isrcCounters: number
  /** By track. */
  readonly royaltyShares: ReadonlyArray<RoyaltyShare>
  /** Without their entries. */
  readonly submissions: Submission
  readonly submissionEntries: {
    readonly entry: Entry
    readonly releaseId: ReleaseId
    readonly content: ReleaseContent
    /** Of the last content, and of those before it that the store may still sell. */
    readonly tracks: ReadonlyArray<TrackId>
    readonly dueAt: DateTime.Utc
    readonly attempted: boolean
    /** The store said what became of the last message. */
    readonly answered: boolean
    readonly claim: string | undefined
    readonly heldUntil: DateTime.Utc | undefined
    readonly askedAt: DateTime.Utc
  }
  readonly submissionHistory: HistoryRow
  /** By platform and event. */
  readonly distributionCallbacks: DateTime.Utc
  readonly subscriptions: Subscription
  /** By user. The address by its digest, as hexadecimal digits. */
  readonly subscriptionTrials: { readonly userId: UserId; readonly address: string; readonly at: DateTime.Utc }
  readonly subscriptionHistory: HistoryEntry
  readonly invoices: Invoice
  /** By invoice and attempt. */
  readonly invoicePayments: PaymentRow
  /** By user. */
  readonly mandates: Mandate
  readonly disputes: DisputeCase
  readonly paymentWebhooks: NewDelivery & { readonly attempts: number }
  /** When its effect was had, by the provider's id of the event. */
  readonly paymentEvents: DateTime.Utc
}

/** What is more to an upload that arrives in parts. */
export interface ResumableRow extends Pick<
  ResumableUpload,
  "fileName" | "metadata" | "presented" | "length" | "received"
> {
  /** The number of its kind, in the order of beginning. */
  readonly begun: number
  readonly holder: string | undefined
  /** Milliseconds since the epoch. */
  readonly heldUntil: number
}

export type TableName = keyof Rows
export type Tables = { readonly [T in TableName]: HashMap.HashMap<string, Rows[T]> }
