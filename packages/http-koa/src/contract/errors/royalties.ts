import * as Royalties from "@veza/domain/royalties"
import { row } from "../error-row.ts"
import { megabytes } from "./parts.ts"

/** Statements of stores, and what they come to. */
export const royaltyErrors = {
  StatementInterrupted: row(
    Royalties.StatementInterrupted,
    400,
    "STATEMENT_INTERRUPTED",
    "The upload ended before the file did",
    { transient: true }
  ),
  RoyaltyNotFound: row(Royalties.RoyaltyNotFound, 404, "ROYALTY_NOT_FOUND", "Resource not found"),
  RoyaltyImportNotFound: row(Royalties.RoyaltyImportNotFound, 404, "ROYALTY_IMPORT_NOT_FOUND", "Resource not found"),
  StatementTooLarge: row(
    Royalties.StatementTooLarge,
    413,
    "STATEMENT_TOO_LARGE",
    (e) => `A statement may have at most ${megabytes(e.maxBytes)}`,
    { details: () => [{ field: "file", message: "is too large" }] }
  )
} as const
