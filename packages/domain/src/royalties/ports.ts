import { Context, type DateTime, type Effect, type Option, type Stream } from "effect"
import type { ListPlan, Page, UserId } from "../kernel/index.ts"
import type { TrackId } from "../tracks/index.ts"
import type { StatementTooLarge, StatementUnreadable } from "./errors.ts"
import type { FoundTable } from "./layouts.ts"
import type { Period } from "./period.ts"
import type { RawRow, StatementFault, StatementLine } from "./read-line.ts"
import type {
  Dimension,
  Earning,
  EarningId,
  Group,
  Rate,
  Royalty,
  RoyaltyFilter,
  RoyaltyId,
  RoyaltySort,
  Split,
  UnmatchedRecording,
  View
} from "./royalty.ts"
import type { ClaimedImport, ImportId, ImportTotal, Refusal, RoyaltyImport } from "./statement.ts"

/** Announced, without a key, when there are imports to be made. */
export const importsTopic = "royalty_imports"

/** The rows of imports. Each change is guarded by `importMachine` and by the attempt it belongs to. */
export class RoyaltyImports extends Context.Service<
  RoyaltyImports,
  {
    /**
     * Adds an import and announces it, unless the same content is being imported or was: then answers that import. Of
     * many at once one adds.
     */
    readonly add: (
      entry: Pick<RoyaltyImport, "id" | "sha256" | "fileName" | "sizeBytes" | "requestedBy" | "requestedAt">
    ) => Effect.Effect<Option.Option<ImportId>>
    readonly byId: (id: ImportId) => Effect.Effect<Option.Option<RoyaltyImport>>
    readonly totals: (id: ImportId) => Effect.Effect<ReadonlyArray<ImportTotal>>
    /** How many of its recordings nobody here has, and how many things it names by their UPC alone. */
    readonly unmatched: (id: ImportId) => Effect.Effect<{ readonly isrcs: number; readonly upcs: number }>
    /** Guarded: takes the import that has waited longest, or this one, if nobody holds it; counts the attempt. */
    readonly claim: (
      only: ImportId | undefined,
      at: DateTime.Utc,
      until: DateTime.Utc
    ) => Effect.Effect<Option.Option<ClaimedImport>>
    /** Tells how far it has come; false when the import is no longer this attempt's. */
    readonly hold: (
      claimed: ClaimedImport,
      until: DateTime.Utc,
      progress: { readonly bytesRead: number; readonly rowsRead: number }
    ) => Effect.Effect<boolean>
    /** Lets go of it, that another attempt may begin at once. */
    readonly release: (claimed: ClaimedImport) => Effect.Effect<void>
    /** Writes lines of an import that is under way; only a transaction that ends in `finish` keeps them. */
    readonly write: (id: ImportId, lines: ReadonlyArray<StatementLine>) => Effect.Effect<void>
    /**
     * Sums the lines written, rounds the earnings, and ends the import. True when it was still this attempt's; otherwise
     * the transaction must not be committed.
     */
    readonly finish: (
      claimed: ClaimedImport,
      made: { readonly layout: string; readonly rowsRead: number; readonly at: DateTime.Utc }
    ) => Effect.Effect<boolean>
    readonly refuse: (
      claimed: ClaimedImport,
      why: {
        readonly refusal: Refusal
        readonly layout: string | null
        readonly rowsRead: number
        readonly faultCount: number
        readonly faults: ReadonlyArray<StatementFault>
        readonly at: DateTime.Utc
      }
    ) => Effect.Effect<boolean>
    readonly fail: (claimed: ClaimedImport, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Those of the imports that still need their file. */
    readonly waiting: (ids: ReadonlyArray<ImportId>) => Effect.Effect<ReadonlySet<ImportId>>
  }
>()("@veza/domain/royalties/RoyaltyImports") {}

/** A file of known size that can be read from its beginning as often as one wants. */
export interface StatementSource {
  readonly sizeBytes: number
  readonly chunks: () => AsyncIterable<Uint8Array>
}

/** Where statements lie until they are imported or refused. */
export class StatementFiles extends Context.Service<
  StatementFiles,
  {
    /** Stores at most `maxBytes`, durably; nothing stays of a file that does not come to its end. */
    readonly write: <E>(
      id: ImportId,
      content: Stream.Stream<Uint8Array, E>,
      maxBytes: number
    ) => Effect.Effect<{ readonly sizeBytes: number; readonly sha256: string }, E | StatementTooLarge>
    readonly open: (id: ImportId) => Effect.Effect<Option.Option<StatementSource>>
    readonly remove: (id: ImportId) => Effect.Effect<void>
    /** Files last written before `before`, and what is left of those that never came to their end. */
    readonly old: (before: DateTime.Utc) => Effect.Effect<ReadonlyArray<ImportId>>
  }
>()("@veza/domain/royalties/StatementFiles") {}

/** Some rows of a statement, and how many bytes of the file were read by then. */
export interface StatementChunk {
  readonly rows: ReadonlyArray<RawRow>
  readonly bytesRead: number
}

/** The table of a statement. Its chunks end in a fault where the file stops being CSV. */
export interface StatementTable {
  readonly table: FoundTable
  readonly chunks: Stream.Stream<StatementChunk, StatementFault>
}

/** Reads the rows of statements: finds out how they are written, and holds a few thousand rows at a time. */
export class StatementReader extends Context.Service<
  StatementReader,
  { readonly read: (source: StatementSource) => Effect.Effect<StatementTable, StatementUnreadable> }
>()("@veza/domain/royalties/StatementReader") {}

/**
 * A recording that a store sells or sold: whose it is, and who shares in it. That somebody says a code is theirs is not
 * enough: whoever was first to say so would be credited with what it earned elsewhere.
 */
export interface Recording {
  readonly isrc: string
  readonly trackId: TrackId
  readonly ownerId: UserId
  /** In their order; they sum to 10,000, or there are none and all of it is the owner's. */
  readonly shares: ReadonlyArray<Omit<Split, "amountMinor">>
}

/** What distribution knows of the recordings that statements name. */
export class RecordingShares extends Context.Service<
  RecordingShares,
  { readonly byIsrc: (codes: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Recording>> }
>()("@veza/domain/royalties/RecordingShares") {}

/** An earning found to be a track's, with what each gets of it. */
export interface Settlement {
  readonly earningId: EarningId
  readonly trackId: TrackId
  readonly ownerId: UserId
  readonly splits: ReadonlyArray<Split>
}

/** What recordings earned: read as sums, never by their lines. */
export class RoyaltyLedger extends Context.Service<
  RoyaltyLedger,
  {
    /** Recordings without a track behind `after` in the order of their codes, of one import or of all. */
    readonly unmatched: (
      importId: ImportId | undefined,
      after: string | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<string>>
    /** Some of the earnings of these recordings that have no track yet, held until the transaction ends; none that others hold. */
    readonly unsettled: (recordings: ReadonlyArray<string>, limit: number) => Effect.Effect<ReadonlyArray<Earning>>
    /** Guarded: settles those that have no track yet, and shows them to whom they concern; answers how many. */
    readonly settle: (settlements: ReadonlyArray<Settlement>, at: DateTime.Utc) => Effect.Effect<number>
    /** The queue of recordings that nobody here has, behind `after`. */
    readonly queue: (after: string | undefined, limit: number) => Effect.Effect<ReadonlyArray<UnmatchedRecording>>
    /** How many recordings are in it. */
    readonly waiting: Effect.Effect<number>
    readonly list: (view: View, filter: RoyaltyFilter, plan: ListPlan<RoyaltySort>) => Effect.Effect<Page<Royalty>>
    readonly byId: (view: View, id: RoyaltyId) => Effect.Effect<Option.Option<Royalty>>
    /** The lines of a royalty behind `after`, in the order of the file. */
    readonly lines: (
      royalty: Royalty,
      after: number | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<StatementLine>>
    readonly earning: (id: EarningId) => Effect.Effect<Option.Option<Earning>>
    readonly splits: (id: EarningId) => Effect.Effect<ReadonlyArray<Split>>
    /** In the order of key and currency; at most `limit`. */
    readonly groups: (
      view: View,
      filter: RoyaltyFilter,
      dimension: Dimension,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Group>>
    /** What is paid out in each currency, as rounded when the statements came; of what has a track. Platform and territory do not count. */
    readonly payable: (
      view: View,
      filter: RoyaltyFilter
    ) => Effect.Effect<ReadonlyArray<{ readonly currency: string; readonly amountMinor: bigint }>>
    /** What somebody was given of each earning, behind `after`, for an export of their data. */
    readonly ofPerson: (
      userId: UserId,
      after: PersonalShare | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<PersonalShare>>
    /** Takes somebody's name out of what they were given; the amounts stay, with the id. */
    readonly forgetNames: (userId: UserId) => Effect.Effect<void>
  }
>()("@veza/domain/royalties/RoyaltyLedger") {}

export interface PersonalShare {
  readonly earningId: EarningId
  readonly position: number
  readonly period: Period
  readonly recording: string
  readonly trackId: TrackId | null
  readonly name: string
  readonly shareBps: number
  readonly currency: string
  readonly amountMinor: bigint
}

/** Rates as administrators stated them. */
export class RoyaltyRates extends Context.Service<
  RoyaltyRates,
  {
    /** States them anew where they were stated before. */
    readonly state: (rates: ReadonlyArray<Rate>, by: UserId, at: DateTime.Utc) => Effect.Effect<void>
    /** Into a currency, from others, in the order of month and currency. */
    readonly into: (
      target: string,
      from: Period | undefined,
      to: Period | undefined
    ) => Effect.Effect<ReadonlyArray<Rate>>
  }
>()("@veza/domain/royalties/RoyaltyRates") {}

export class RoyaltySettings extends Context.Service<
  RoyaltySettings,
  {
    /** Bytes of the largest statement (MAX_STATEMENT_SIZE). */
    readonly maxStatementSize: number
  }
>()("@veza/domain/royalties/RoyaltySettings") {}
