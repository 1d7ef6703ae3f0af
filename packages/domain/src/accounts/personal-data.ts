import { Context, DateTime, Effect, Option, Schema, Stream } from "effect"
import type { EventContext, UserId } from "../kernel/index.ts"

/** A value of an exported row, as JSON has it. In CSV a list is one cell, its items separated by `; `. */
export type PersonalValue = string | number | boolean | null | ReadonlyArray<string>
export type PersonalRow = Readonly<Record<string, PersonalValue>>

/** What one context holds about somebody: two files of the export, `{name}.json` and `{name}.csv`. */
export interface PersonalDataSection {
  /** Lower-case letters and `_`; the name of the files. */
  readonly name: string
  /** One line of the export's README. */
  readonly about: string
  /** The keys of the rows, in the order of the CSV's columns. */
  readonly columns: ReadonlyArray<string>
  /** Read page by page while it is written: no more than a page is held, however many rows there are. */
  readonly rows: (userId: UserId) => Stream.Stream<PersonalRow>
}

/** What every context contributes to an export; composition collects it (05-decisions, "Deletion, export, erasure"). */
export class PersonalData extends Context.Service<PersonalData, ReadonlyArray<PersonalDataSection>>()(
  "@veza/domain/accounts/PersonalData"
) {}

/** Why an account cannot be deleted now: a stable code, and a sentence that says what to do about it. */
export const DeletionBlocker = Schema.Struct({ code: Schema.String, message: Schema.String })
export type DeletionBlocker = typeof DeletionBlocker.Type

/**
 * A context's say before an account is deleted. Asked within the deleting transaction: what it locks stays as it is
 * until the account is deleted or not.
 */
export interface DeletionGuard {
  readonly blockers: (userId: UserId) => Effect.Effect<ReadonlyArray<DeletionBlocker>>
}

export class DeletionGuards extends Context.Service<DeletionGuards, ReadonlyArray<DeletionGuard>>()(
  "@veza/domain/accounts/DeletionGuards"
) {}

/** An account that is being deleted. */
export interface Deletion {
  readonly userId: UserId
  readonly keepPublicTracks: boolean
  readonly at: DateTime.Utc
  readonly context: EventContext
}

/** What a context does when an account is deleted. Every step bears repetition. */
export interface Eraser {
  /** Within the deleting transaction: rows only. */
  readonly atOnce: (deletion: Deletion) => Effect.Effect<void>
  /** By the worker, after it: files and whatever else lies outside the database. */
  readonly afterwards: (userId: UserId) => Effect.Effect<void>
  /** Thirty days later, in a transaction: every trace that is left. Ledgers stay and point at the anonymised id. */
  readonly finally: (userId: UserId) => Effect.Effect<void>
}

export class Erasers extends Context.Service<Erasers, ReadonlyArray<Eraser>>()("@veza/domain/accounts/Erasers") {}

/** A moment as exports have it. */
export const exportedTime = (at: DateTime.Utc | null | undefined): string | null => (at ? DateTime.formatIso(at) : null)

/** The row of a section that has one at most. */
export const oneRow =
  <A>(
    read: (owner: UserId) => Effect.Effect<Option.Option<A>>,
    toRow: (found: A) => PersonalRow
  ): PersonalDataSection["rows"] =>
  (owner) =>
    Stream.fromIterableEffect(Effect.map(read(owner), (found) => Option.toArray(found).map(toRow)))

/** Rows that an export reads at a time. */
export const exportPage = 500

/** The rows of a section that is read in pages, each behind the last row of the page before. */
export const inPages =
  <A>(
    page: (owner: UserId, after: A | undefined, limit: number) => Effect.Effect<ReadonlyArray<A>>,
    toRow: (found: A) => PersonalRow
  ): PersonalDataSection["rows"] =>
  (owner) =>
    Stream.paginate<A | undefined, PersonalRow>(undefined, (after) =>
      Effect.map(page(owner, after, exportPage), (found) => [
        found.map(toRow),
        found.length < exportPage ? Option.none() : Option.some(found.at(-1))
      ])
    )
