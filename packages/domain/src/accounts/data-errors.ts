import { Schema } from "effect"
import { DeletionBlocker } from "./personal-data.ts"

/** Three exports were asked for within a day (05-decisions). */
export class TooManyExports extends Schema.TaggedError<TooManyExports>()("TooManyExports", {
  /** Seconds until the oldest of them no longer counts. */
  retryAfter: Schema.Int
}) {}

/** There is no such export of the caller's. */
export class ExportNotFound extends Schema.TaggedError<ExportNotFound>()("ExportNotFound", {}) {}
/** It is still being made, or could not be made. */
export class ExportNotReady extends Schema.TaggedError<ExportNotReady>()("ExportNotReady", {
  status: Schema.Literals(["pending", "failed"])
}) {}
/** Its seven days are over. */
export class ExportExpired extends Schema.TaggedError<ExportExpired>()("ExportExpired", {}) {}
/** Somebody else is making this export at the moment. */
export class ExportHeld extends Schema.TaggedError<ExportHeld>()("ExportHeld", {}) {}

/** Something stands in the way of deleting an account; everything that does is named. */
export class DeletionBlocked extends Schema.TaggedError<DeletionBlocked>()("DeletionBlocked", {
  blockers: Schema.Array(DeletionBlocker)
}) {}
