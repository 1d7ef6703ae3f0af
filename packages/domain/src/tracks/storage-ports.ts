import { Context, type DateTime, type Effect, type Option } from "effect"
import type { StorageUnavailable } from "./errors.ts"
import type { StorageBackend, Track, TrackPlace, UploadId } from "./track.ts"

export interface StoredObject {
  readonly key: string
  readonly modifiedAt: DateTime.Utc
}

/** What moving and cleaning up need of the stores, beside `TrackFiles`. */
export class TrackStorage extends Context.Service<
  TrackStorage,
  {
    /** The stores that this installation can reach. */
    readonly backends: ReadonlyArray<StorageBackend>
    /**
     * Copies a file to another store under its key: durable and read back when it answers `copied`. `corrupt`: it is
     * not, or was not, what its hash says. The file itself stays.
     */
    readonly copy: (
      file: TrackPlace & Pick<Track, "contentHash">,
      to: StorageBackend
    ) => Effect.Effect<"copied" | "missing" | "corrupt", StorageUnavailable>
    /** Track files of a store by key, those behind `after`. */
    readonly list: (
      backend: StorageBackend,
      after: string | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<StoredObject>, StorageUnavailable>
    /** Files in quarantine that nobody has written to since `before`, by id: those behind `after`. */
    readonly quarantined: (
      before: DateTime.Utc,
      after: UploadId | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<UploadId>>
    /** Removes working copies that a process left behind before `before`; answers how many. */
    readonly tidy: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/tracks/TrackStorage") {}

export type PlacedTrack = Pick<Track, "id" | "userId" | "status" | "contentHash" | "storageBackend" | "storageKey">

/** `elsewhere`: somebody else moved it; `gone`: its row was removed; `busy`: the place is being cleared just now. */
export type MoveOutcome = "moved" | "elsewhere" | "gone" | "busy"

/**
 * Which row refers to which place, and which places nothing refers to any more. Files of the latter are removed in one
 * way only: noted here, left alone for the grace, claimed, removed, forgotten. A place that is claimed takes nothing in.
 */
export class TrackPlaces extends Context.Service<
  TrackPlaces,
  {
    readonly totalIn: (backend: StorageBackend) => Effect.Effect<{ readonly tracks: number; readonly bytes: number }>
    /** Tracks stored there, by id: those behind `after`. */
    readonly storedIn: (
      backend: StorageBackend,
      after: PlacedTrack | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<PlacedTrack>>
    /** Takes a note about this place back before something is put there; false when it is being cleared just now. */
    readonly reserve: (place: TrackPlace) => Effect.Effect<boolean>
    /** Guarded: the row moves only from where it was read. Notes the place that nothing refers to then. */
    readonly move: (track: PlacedTrack, to: StorageBackend, at: DateTime.Utc) => Effect.Effect<MoveOutcome>
    /** Notes those of these places that no row refers to; answers how many are new. */
    readonly noteUnreferred: (
      backend: StorageBackend,
      keys: ReadonlyArray<string>,
      at: DateTime.Utc
    ) => Effect.Effect<number>
    /** Claims places noted before `before`, oldest first; notes that are not true any more are dropped. */
    readonly claim: (claim: {
      readonly backend: StorageBackend
      readonly before: DateTime.Utc
      readonly at: DateTime.Utc
      readonly until: DateTime.Utc
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<TrackPlace>>
    readonly forget: (place: TrackPlace) => Effect.Effect<void>
    /** How far the look through a store has come; nothing at its beginning. */
    readonly seenUpTo: (backend: StorageBackend) => Effect.Effect<Option.Option<string>>
    readonly setSeenUpTo: (backend: StorageBackend, key: string | undefined) => Effect.Effect<void>
  }
>()("@veza/domain/tracks/TrackPlaces") {}
