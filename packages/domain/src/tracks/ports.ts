import { Context, type DateTime, type Duration, type Effect, type Option, type Scope } from "effect"
import type { ListPlan, Page, StoredFile, TemporarilyUnavailable, UserId } from "../kernel/index.ts"
import type { AudioFormat } from "./audio-format.ts"
import type { ScannerUnavailable, StorageUnavailable, UnsupportedAudio } from "./errors.ts"
import type { HlsSet } from "./hls/rendition.ts"
import type {
  AudioFacts,
  ShareId,
  StorageBackend,
  Track,
  TrackId,
  TrackPlace,
  TrackStatus,
  UploadId,
  UploadState
} from "./track.ts"

export type TrackSort = "created_at" | "title" | "plays" | "likes" | "duration"

export interface TrackFilter {
  readonly userId?: UserId | undefined
  readonly genre?: string | undefined
  readonly artist?: string | undefined
  /** A track has all of them. */
  readonly tags?: ReadonlyArray<string> | undefined
  readonly musicalKey?: string | undefined
  readonly bpm?: Range | undefined
  readonly year?: Range | undefined
  /** Every word begins a word of title, artist or album; none finds nothing. */
  readonly words?: ReadonlyArray<string> | undefined
}

/** From and to, both included; an end that is left open is not there. */
export interface Range {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export interface FileTags {
  readonly title?: string | undefined
  readonly artist?: string | undefined
  readonly album?: string | undefined
  readonly genre?: string | undefined
  readonly year?: number | undefined
  readonly bpm?: number | undefined
  readonly musicalKey?: string | undefined
  readonly isrc?: string | undefined
}

/** What an owner may change; an absent key leaves what is there. */
export type ChangedFields = Partial<
  Pick<
    Track,
    | "title"
    | "artist"
    | "album"
    | "genre"
    | "year"
    | "bpm"
    | "musicalKey"
    | "tags"
    | "lyrics"
    | "description"
    | "isrc"
    | "isPublic"
    | "downloadable"
  >
>

/** What playing and showing a track needs to know of it; likes and plays do not change it. */
export interface TrackSound extends Pick<
  Track,
  | "id"
  | "userId"
  | "isPublic"
  | "status"
  | "blockedAt"
  | "format"
  | "contentHash"
  | "storageBackend"
  | "storageKey"
  | "cover"
> {
  readonly hls: HlsSet | null
}

export class Tracks extends Context.Service<
  Tracks,
  {
    readonly byId: (id: TrackId) => Effect.Effect<Option.Option<Track>>
    /** Those there are, in no order. */
    readonly byIds: (ids: ReadonlyArray<TrackId>) => Effect.Effect<ReadonlyArray<Track>>
    /** Followed: the ranges of a track that is being listened to cost no query each. */
    readonly soundOf: (id: TrackId) => Effect.Effect<Option.Option<TrackSound>, TemporarilyUnavailable>
    /** The same where it may be trusted right now without asking anybody. */
    readonly peekSound: (id: TrackId) => Option.Option<TrackSound> | undefined
    readonly add: (track: Track) => Effect.Effect<void>
    /** Ready and public tracks only, and none that are blocked. */
    readonly listPublic: (filter: TrackFilter, plan: ListPlan<TrackSort>) => Effect.Effect<Page<Track>>
    readonly ofOwnerWithContent: (owner: UserId, contentHash: string) => Effect.Effect<Option.Option<TrackId>>
    /** Guarded: processing → ready. Tags fill only what the uploader left open. False when the row had moved on. */
    readonly markReady: (
      id: TrackId,
      found: { readonly facts: AudioFacts; readonly tags: FileTags; readonly peaks: ReadonlyArray<number> | undefined },
      at: DateTime.Utc
    ) => Effect.Effect<boolean>
    /** Guarded by the transition table. False when the row had moved on. */
    readonly moveTo: (id: TrackId, to: TrackStatus, message: string, at: DateTime.Utc) => Effect.Effect<boolean>
    /** False when there is no such track any more. */
    readonly change: (id: TrackId, fields: ChangedFields, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Removes rows with the likes and share links that hang on them and notes their files; answers which went. */
    readonly remove: (ids: ReadonlyArray<TrackId>, at: DateTime.Utc) => Effect.Effect<ReadonlyArray<TrackId>>
    readonly waveformOf: (id: TrackId) => Effect.Effect<Option.Option<ReadonlyArray<number>>>
    /** Tracks that have been in `processing` since before `since`, oldest first: those behind `after`. */
    readonly stuckSince: (
      since: DateTime.Utc,
      after: Track | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Track>>
  }
>()("@veza/domain/tracks/Tracks") {}

export class Likes extends Context.Service<
  Likes,
  {
    /** Idempotent; the track's count moves exactly when the like is new. Answers the count. */
    readonly add: (track: TrackId, user: UserId, at: DateTime.Utc) => Effect.Effect<number>
    readonly remove: (track: TrackId, user: UserId) => Effect.Effect<number>
    readonly of: (track: TrackId, user: UserId) => Effect.Effect<{ readonly count: number; readonly liked: boolean }>
  }
>()("@veza/domain/tracks/Likes") {}

export type SharePermission = "stream" | "download"

export interface Share {
  readonly id: ShareId
  readonly trackId: TrackId
  readonly createdBy: UserId
  readonly digest: Uint8Array
  readonly permission: SharePermission
  readonly expiresAt: DateTime.Utc | undefined
  readonly createdAt: DateTime.Utc
}

export class Shares extends Context.Service<
  Shares,
  {
    readonly add: (share: Share) => Effect.Effect<void>
    /** A share that neither ended nor was revoked. */
    readonly living: (digest: Uint8Array, at: DateTime.Utc) => Effect.Effect<Option.Option<Share>>
    readonly byId: (id: ShareId) => Effect.Effect<Option.Option<Share>>
    readonly revoke: (id: ShareId, at: DateTime.Utc) => Effect.Effect<void>
  }
>()("@veza/domain/tracks/Shares") {}

export interface UploadLease {
  readonly id: UploadId
  readonly userId: UserId
  readonly expiresAt: DateTime.Utc
}

/** The rows of uploads under way (05-decisions, "An upload is a lease"). */
export class Uploads extends Context.Service<
  Uploads,
  {
    /** Nothing begins for a deleted account; what then moves the lease finds none. */
    readonly begin: (lease: UploadLease) => Effect.Effect<void>
    /** Guarded by the upload's table. False when the lease had moved on or was swept. */
    readonly moveTo: (id: UploadId, to: UploadState) => Effect.Effect<boolean>
    /**
     * Notes, of an upload in `scanning`, the place where its file is about to be stored; answers the places noted before,
     * by attempts that came to nothing. None when the lease had moved on.
     */
    readonly plan: (id: UploadId, place: TrackPlace) => Effect.Effect<Option.Option<ReadonlyArray<TrackPlace>>>
    /** Guarded: scanning → accepted, for the latest plan only. */
    readonly accept: (id: UploadId, track: Pick<Track, "id" | "storageKey">) => Effect.Effect<boolean>
    /** The places where a file may lie that no track has: none while the upload may still be accepted. */
    readonly strays: (id: UploadId) => Effect.Effect<ReadonlyArray<TrackPlace>>
    readonly end: (id: UploadId) => Effect.Effect<void>
    readonly expired: (at: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<UploadId>>
    /** Which of these still have a lease, whatever its state. */
    readonly leased: (ids: ReadonlyArray<UploadId>) => Effect.Effect<ReadonlySet<UploadId>>
  }
>()("@veza/domain/tracks/Uploads") {}

/** Receives the bytes of one file in quarantine. Writing waits for the disk: the sender feels the back-pressure. */
export interface QuarantineWriter {
  readonly write: (chunk: Uint8Array) => Effect.Effect<void>
  /** Makes what was written durable. */
  readonly close: Effect.Effect<void>
}

/** What a link must make the store answer, and for how long it works. */
export interface LinkTerms {
  readonly method: "GET" | "HEAD"
  readonly lifetime: Duration.Duration
  readonly contentType: string
  /** A whole Content-Disposition, where there is one. */
  readonly disposition?: string | undefined
}

/** How a client gets a file: through this process, or by itself at an address that works for a while. */
export type Delivery =
  { readonly _tag: "Here"; readonly file: StoredFile } | { readonly _tag: "Elsewhere"; readonly url: string }

/**
 * Where track files live: in the store that each row names. Files are never changed under their key. Quarantine is
 * always local, whatever the stores are.
 */
export class TrackFiles extends Context.Service<
  TrackFiles,
  {
    /** Where new files go (TRACK_STORAGE_BACKEND). */
    readonly backend: StorageBackend
    /** A file in quarantine; it is removed when the scope closes unless it was promoted. */
    readonly quarantine: (id: UploadId) => Effect.Effect<QuarantineWriter, never, Scope.Scope>
    readonly removeQuarantined: (id: UploadId) => Effect.Effect<void>
    /**
     * Puts a quarantined file in its place: durable when it returns, and there as a whole or not at all. Its name in
     * quarantine may stay until it is removed, so that an attempt which is cut off can be made again.
     */
    readonly promote: (
      id: UploadId,
      to: TrackPlace & Pick<Track, "contentHash">
    ) => Effect.Effect<void, StorageUnavailable>
    readonly remove: (place: TrackPlace) => Effect.Effect<void, StorageUnavailable>
    readonly exists: (place: TrackPlace) => Effect.Effect<boolean, StorageUnavailable>
    /** The content through this process, wherever it is stored. */
    readonly open: (place: TrackPlace) => Effect.Effect<Option.Option<StoredFile>, StorageUnavailable, Scope.Scope>
    /** The shortest way to the content for a client. Making a link asks nobody. */
    readonly deliver: (
      place: TrackPlace,
      terms: LinkTerms
    ) => Effect.Effect<Option.Option<Delivery>, StorageUnavailable, Scope.Scope>
    /** A file that is open for others already, to be used before anything else happens: nobody holds it open. */
    readonly peek: (place: TrackPlace) => StoredFile | undefined
    /** A path of this machine's file system that holds the content, for tools that need one; gone with the scope. */
    readonly localPath: (
      file: { readonly quarantined: UploadId } | { readonly stored: TrackPlace }
    ) => Effect.Effect<Option.Option<string>, StorageUnavailable, Scope.Scope>
  }
>()("@veza/domain/tracks/TrackFiles") {}

export type ScanVerdict = { readonly _tag: "Clean" } | { readonly _tag: "Infected"; readonly signature: string }

export interface ScanSession {
  readonly write: (chunk: Uint8Array) => Effect.Effect<void, ScannerUnavailable>
  readonly verdict: Effect.Effect<ScanVerdict, ScannerUnavailable>
}

/** The virus scanner. It sees every byte while it arrives. */
export class Scanner extends Context.Service<
  Scanner,
  {
    /** With `required`, nothing is accepted that no scanner has passed. */
    readonly required: boolean
    readonly open: Effect.Effect<ScanSession, ScannerUnavailable, Scope.Scope>
  }
>()("@veza/domain/tracks/Scanner") {}

export interface ProbedAudio {
  readonly format: AudioFormat
  readonly facts: AudioFacts
  readonly tags: FileTags
}

/** Reads sound: a real parse, not a guess. */
export class AudioAnalysis extends Context.Service<
  AudioAnalysis,
  {
    readonly probe: (path: string) => Effect.Effect<ProbedAudio, UnsupportedAudio>
    /** Peaks 0..255, or nothing where this installation cannot decode the format. */
    readonly peaks: (path: string, audio: ProbedAudio) => Effect.Effect<Option.Option<ReadonlyArray<number>>>
  }
>()("@veza/domain/tracks/AudioAnalysis") {}

/** The checksums that a sender may give with a part of a file. */
export const checksumAlgorithms = ["sha1", "sha256"] as const
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]

/** Hashes over streams of chunks; SHA-256 unless asked otherwise. */
export class ContentHashing extends Context.Service<
  ContentHashing,
  {
    readonly checksum: (algorithm: ChecksumAlgorithm) => Effect.Effect<{
      readonly update: (chunk: Uint8Array) => void
      /** Base64. */
      readonly digest: () => string
    }>
    readonly begin: Effect.Effect<{
      readonly update: (chunk: Uint8Array) => void
      /** Lower-case hexadecimal. */
      readonly digest: () => string
    }>
  }
>()("@veza/domain/tracks/ContentHashing") {}

export class TrackSettings extends Context.Service<
  TrackSettings,
  {
    /** Bytes. */
    readonly maxTrackSize: number
    /** Bytes; of resumable uploads. */
    readonly maxResumableSize: number
    readonly maxConcurrentUploads: number
    readonly bypassCreatorRole: boolean
  }
>()("@veza/domain/tracks/TrackSettings") {}
