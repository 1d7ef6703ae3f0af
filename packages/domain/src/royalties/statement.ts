import { type DateTime, Schema } from "effect"
import { machine, type UserId, Uuid } from "../kernel/index.ts"
import type { Period } from "./period.ts"
import type { StatementFault } from "./read-line.ts"

export const ImportId = Uuid.pipe(Schema.brand("RoyaltyImportId"))
export type ImportId = typeof ImportId.Type

export const ImportStatus = Schema.Literals(["pending", "processing", "imported", "refused", "failed"])
export type ImportStatus = typeof ImportStatus.Type

/** The life of an import. `processing → processing`, another attempt, is counted and no transition. */
export const importMachine = machine<ImportStatus>({
  pending: ["processing"],
  processing: ["imported", "refused", "failed"],
  imported: [],
  refused: [],
  failed: []
})

/** Why a whole file is refused. */
export const Refusal = Schema.Literals([
  /** Some lines are faulty; which, is told. */
  "LINES_FAULTY",
  /** No header among the first lines is that of a layout that is understood. */
  "LAYOUT_UNKNOWN",
  /** It is no text in UTF-8, UTF-16 with a byte order mark, or Windows-1252 (Latin-1). */
  "ENCODING_UNKNOWN",
  /** There is no line below the header. */
  "NO_LINES",
  /** Past 2^31 lines. */
  "TOO_MANY_LINES"
])
export type Refusal = typeof Refusal.Type

/** Faults that are told of a file; how many there are is counted beyond. */
export const maxFaults = 1000
/** Attempts after which an import that keeps being killed is given up. */
export const maxImportAttempts = 5
/** Lines that a file may have: what fits the column that numbers them. */
export const maxLines = 2 ** 31 - 1

export interface ImportTotal {
  readonly currency: string
  /** Exact. */
  readonly amount: string
  readonly amountMinor: bigint
}

/** A statement on its way in. */
export interface RoyaltyImport {
  readonly id: ImportId
  /** In hexadecimal digits. */
  readonly sha256: string
  readonly fileName: string
  readonly sizeBytes: number
  readonly status: ImportStatus
  readonly attempts: number
  readonly bytesRead: number
  readonly rowsRead: number
  readonly layout: string | null
  readonly period: Period | null
  readonly refusal: Refusal | null
  readonly faultCount: number
  readonly faults: ReadonlyArray<StatementFault>
  readonly requestedBy: UserId | null
  readonly requestedAt: DateTime.Utc
  readonly finishedAt: DateTime.Utc | null
}

/** An attempt at an import: what it writes, only it may. */
export interface ClaimedImport {
  readonly id: ImportId
  readonly attempts: number
  readonly sizeBytes: number
}
