import { Context, type DateTime, type Effect, type Option, type Scope } from "effect"
import type { StoredFile, UserId } from "../kernel/index.ts"
import type { TrackId, TrackMetadata, UploadId, UploadState } from "./track.ts"

/** An upload that arrives in parts, over as many requests as it takes (tus 1.0). */
export interface ResumableUpload {
  readonly id: UploadId
  readonly userId: UserId
  readonly fileName: string
  readonly metadata: TrackMetadata
  /** The metadata as the sender wrote it, to be told again. */
  readonly presented: string
  /** Bytes. */
  readonly length: number
  /** Bytes that are surely kept. */
  readonly received: number
  readonly state: UploadState
  /** What became of it. */
  readonly trackId: TrackId | null
  readonly expiresAt: DateTime.Utc
}

export type NewResumableUpload = Omit<ResumableUpload, "received" | "state" | "trackId">

export interface HeldUpload {
  readonly upload: ResumableUpload
  /** Its last holder never let go: it may still be writing. */
  readonly takenOver: boolean
}

/** How long nobody else may touch an upload whose holder says nothing, in seconds: what a killed process makes others wait. */
export const uploadHold = { seconds: 5 } as const

/** The leases of uploads that arrive in parts; their states move by `Uploads`, in the same rows. */
export class ResumableUploads extends Context.Service<
  ResumableUploads,
  {
    /** In a transaction. False when its owner has `limit` of them under way, or no living account. */
    readonly create: (upload: NewResumableUpload, limit: number) => Effect.Effect<boolean>
    readonly byId: (id: UploadId) => Effect.Effect<Option.Option<ResumableUpload>>
    /** Takes an upload that may still be accepted for one holder, across all processes; none while somebody else has it. */
    readonly hold: (id: UploadId, holder: string) => Effect.Effect<Option.Option<HeldUpload>>
    /** Holds on, and notes how much was received where that is told. False when the upload is no longer this holder's. */
    readonly keep: (id: UploadId, holder: string, received: number | undefined) => Effect.Effect<boolean>
    readonly release: (id: UploadId, holder: string) => Effect.Effect<void>
    /** Uploads that have arrived and wait to be judged, held by nobody; the oldest first. */
    readonly arrived: (limit: number) => Effect.Effect<ReadonlyArray<UploadId>>
    /** Everything somebody sends in parts, in pages, for their export. */
    readonly of: (
      owner: UserId,
      after: ResumableUpload | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ResumableUpload>>
  }
>()("@veza/domain/tracks/ResumableUploads") {}

/** Receives bytes behind those that are kept already. */
export interface AppendWriter {
  readonly write: (chunk: Uint8Array) => Effect.Effect<void>
  /** Makes what was written durable. */
  readonly sync: Effect.Effect<void>
}

/** Files in quarantine that outlive the request that writes them. */
export class PartialFiles extends Context.Service<
  PartialFiles,
  {
    /**
     * Opens an upload's file, new or known, to go on at `offset`; what lies behind that is cut off. With `apart` the first
     * `offset` bytes are copied to a new file, so that whoever has the old one open writes into nothing.
     */
    readonly append: (
      id: UploadId,
      at: { readonly offset: number; readonly apart: boolean }
    ) => Effect.Effect<AppendWriter, never, Scope.Scope>
    readonly open: (id: UploadId) => Effect.Effect<Option.Option<StoredFile>, never, Scope.Scope>
  }
>()("@veza/domain/tracks/PartialFiles") {}
