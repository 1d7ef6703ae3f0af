import type { Effect, Option, Scope } from "effect"
import type { StoredFile } from "@veza/domain/kernel"
import type { Delivery, LinkTerms, StorageUnavailable, StoredObject } from "@veza/domain/tracks"

/** One place where track files are stored by key: what the local directory and S3 have in common. */
export interface TrackStore {
  /** Takes the file at `path` in, durably and as a whole; `sha256` is what it should be. The path may be gone then. */
  readonly put: (path: string, key: string, sha256: string) => Effect.Effect<void, StorageUnavailable>
  readonly remove: (key: string) => Effect.Effect<void, StorageUnavailable>
  readonly exists: (key: string) => Effect.Effect<boolean, StorageUnavailable>
  readonly open: (key: string) => Effect.Effect<Option.Option<StoredFile>, StorageUnavailable, Scope.Scope>
  readonly deliver: (
    key: string,
    terms: LinkTerms
  ) => Effect.Effect<Option.Option<Delivery>, StorageUnavailable, Scope.Scope>
  readonly localPath: (key: string) => Effect.Effect<Option.Option<string>, StorageUnavailable, Scope.Scope>
  /** SHA-256 of what is really there, read from end to end; lower-case hexadecimal. */
  readonly digest: (key: string) => Effect.Effect<Option.Option<string>, StorageUnavailable>
  readonly list: (
    after: string | undefined,
    limit: number
  ) => Effect.Effect<ReadonlyArray<StoredObject>, StorageUnavailable>
}
