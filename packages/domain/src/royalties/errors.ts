import { Schema } from "effect"
import { Refusal } from "./statement.ts"

/** The statement is larger than this installation takes. */
export class StatementTooLarge extends Schema.TaggedError<StatementTooLarge>()("StatementTooLarge", {
  maxBytes: Schema.Int
}) {}

/** The sender left, or nothing came any more. */
export class StatementInterrupted extends Schema.TaggedError<StatementInterrupted>()("StatementInterrupted", {}) {}

/** The file is no statement that can be read; which lines are at fault is not the question. */
export class StatementUnreadable extends Schema.TaggedError<StatementUnreadable>()("StatementUnreadable", {
  refusal: Refusal
}) {}

export class RoyaltyImportNotFound extends Schema.TaggedError<RoyaltyImportNotFound>()("RoyaltyImportNotFound", {}) {}

export class RoyaltyNotFound extends Schema.TaggedError<RoyaltyNotFound>()("RoyaltyNotFound", {}) {}

/** Another attempt holds the import. */
export class ImportLost extends Schema.TaggedError<ImportLost>()("ImportLost", {}) {}
