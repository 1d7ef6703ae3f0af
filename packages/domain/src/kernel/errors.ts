import { Schema } from "effect"

/** The caller may see the thing but not do this to it, or lacks the role. */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  reason: Schema.Literals(["insufficient_permissions", "content_creator_required", "not_yours"])
}) {}

/** The caller's role would do, but this session has not passed a second factor. */
export class SecondFactorRequired extends Schema.TaggedError<SecondFactorRequired>()("SecondFactorRequired", {}) {}

/** A list cursor that was not made by this list with this sort and these filters. */
export class InvalidCursor extends Schema.TaggedError<InvalidCursor>()("InvalidCursor", {}) {}

/** Page style reaches 10,000 rows deep; past that only a cursor leads (05-decisions, "Lists"). */
export class PageTooDeep extends Schema.TaggedError<PageTooDeep>()("PageTooDeep", {}) {}

/** A dependency that must decide did not answer, so nothing was decided. */
export class TemporarilyUnavailable extends Schema.TaggedError<TemporarilyUnavailable>()("TemporarilyUnavailable", {
  /** Seconds after which trying again makes sense. */
  retryAfter: Schema.Int
}) {}

/** A key is used for something that its scopes, or keys altogether, do not reach (10-accounts, "Developer keys"). */
export class InsufficientScope extends Schema.TaggedError<InsufficientScope>()("InsufficientScope", {}) {}
