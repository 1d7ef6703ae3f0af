import { Context, type DateTime, type Effect, type Option, type Scope, type Stream } from "effect"
import type { StoredFile, UserId } from "../kernel/index.ts"
import type { TooManyExports } from "./data-errors.ts"
import type { UserNotFound } from "./errors.ts"
import type { Export, ExportId } from "./export.ts"
import type { PersonalDataSection } from "./personal-data.ts"

/** The rows of exports. Each change is guarded by `exportMachine` and, while one is made, by its attempt. */
export class Exports extends Context.Service<
  Exports,
  {
    /**
     * Adds an export unless its owner has asked for `limit` of them since `since`, failed ones aside, or is deleted.
     * Requests of one owner are counted one after the other, however many come at once.
     */
    readonly add: (
      id: ExportId,
      owner: UserId,
      at: DateTime.Utc,
      allowance: { readonly limit: number; readonly since: DateTime.Utc }
    ) => Effect.Effect<void, TooManyExports | UserNotFound>
    /** The latest exports of an owner, newest first. */
    readonly of: (owner: UserId, limit: number) => Effect.Effect<ReadonlyArray<Export>>
    readonly byId: (id: ExportId) => Effect.Effect<Option.Option<Export>>
    /** Guarded: takes a pending export that nobody holds, counts the attempt, and holds it until `until`. */
    readonly claim: (id: ExportId, at: DateTime.Utc, until: DateTime.Utc) => Effect.Effect<Option.Option<Export>>
    /** False when the export is no longer this attempt's. */
    readonly hold: (id: ExportId, attempt: number, until: DateTime.Utc) => Effect.Effect<boolean>
    readonly release: (id: ExportId, attempt: number) => Effect.Effect<void>
    /** True when this very call finished the export. */
    readonly finish: (
      id: ExportId,
      attempt: number,
      made: { readonly sizeBytes: number; readonly at: DateTime.Utc; readonly expiresAt: DateTime.Utc }
    ) => Effect.Effect<boolean>
    readonly fail: (id: ExportId, attempt: number) => Effect.Effect<boolean>
    /** Ends what an owner has, pending or ready; answers how many. */
    readonly withdraw: (owner: UserId) => Effect.Effect<number>
    /** Ends what may no longer be downloaded; answers how many. */
    readonly expire: (at: DateTime.Utc) => Effect.Effect<number>
    /** Fails what has been pending since before `before` and nobody holds; answers how many. */
    readonly abandon: (before: DateTime.Utc, at: DateTime.Utc) => Effect.Effect<number>
    /** Ended exports whose files may still be there and that nobody holds, of one owner or of all. */
    readonly uncleaned: (
      owner: UserId | undefined,
      at: DateTime.Utc,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Export>>
    readonly markCleaned: (id: ExportId, at: DateTime.Utc) => Effect.Effect<void>
    /** Removes rows of exports whose files were removed before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/Exports") {}

/** Where the files of exports live. A file is there whole or not at all, and never changes. */
export class ExportFiles extends Context.Service<
  ExportFiles,
  {
    /** Stores what the stream yields; answers its size in bytes. Nothing stays of a file that does not come to its end. */
    readonly write: (key: string, content: Stream.Stream<Uint8Array>) => Effect.Effect<number>
    readonly open: (key: string) => Effect.Effect<Option.Option<StoredFile>, never, Scope.Scope>
    /** Removes the file, finished or begun. */
    readonly remove: (key: string) => Effect.Effect<void>
  }
>()("@veza/domain/accounts/ExportFiles") {}

/** Packs sections into one archive as it is read, in constant memory. */
export class ExportArchiver extends Context.Service<
  ExportArchiver,
  {
    readonly pack: (content: {
      readonly readme: string
      readonly userId: UserId
      readonly sections: ReadonlyArray<PersonalDataSection>
    }) => Stream.Stream<Uint8Array>
  }
>()("@veza/domain/accounts/ExportArchiver") {}

/** What exports tell of this installation. */
export class ExportSettings extends Context.Service<
  ExportSettings,
  {
    /** Where links lead (FRONTEND_URL). */
    readonly frontendUrl: string
  }
>()("@veza/domain/accounts/ExportSettings") {}
