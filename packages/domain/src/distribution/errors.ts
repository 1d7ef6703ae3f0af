import { Schema } from "effect"
import { ReleaseFault } from "./faults.ts"
import { Platform } from "./platform.ts"
import { OverallStatus } from "./status.ts"

export class ReleaseNotFound extends Schema.TaggedError<ReleaseNotFound>()("ReleaseNotFound", {}) {}
/** Somebody changed the release meanwhile. */
export class ReleaseChanged extends Schema.TaggedError<ReleaseChanged>()("ReleaseChanged", { revision: Schema.Int }) {}
/** Everything that keeps a release from the stores. */
export class ReleaseInvalid extends Schema.TaggedError<ReleaseInvalid>()("ReleaseInvalid", {
  faults: Schema.Array(ReleaseFault)
}) {}
/** The picture is neither a JPEG nor a PNG in colours of light. */
export class CoverNotAccepted extends Schema.TaggedError<CoverNotAccepted>()("CoverNotAccepted", {}) {}
export class CoverMissing extends Schema.TaggedError<CoverMissing>()("CoverMissing", {}) {}

/** The plan does not reach to stores. */
export class DistributionNotIncluded extends Schema.TaggedError<DistributionNotIncluded>()(
  "DistributionNotIncluded",
  {}
) {}
/** The plan would, and is not paid for. */
export class SubscriptionUnpaid extends Schema.TaggedError<SubscriptionUnpaid>()("SubscriptionUnpaid", {}) {}
/** No way to the stores is configured. */
export class DistributionUnavailable extends Schema.TaggedError<DistributionUnavailable>()(
  "DistributionUnavailable",
  {}
) {}

export class SubmissionNotFound extends Schema.TaggedError<SubmissionNotFound>()("SubmissionNotFound", {}) {}
/** The release is on its way to these stores, or sold there, already. */
export class SubmissionOpen extends Schema.TaggedError<SubmissionOpen>()("SubmissionOpen", {
  platforms: Schema.Array(Platform)
}) {}
/** At no store is it in a state that allows this. */
export class SubmissionConflict extends Schema.TaggedError<SubmissionConflict>()("SubmissionConflict", {
  status: OverallStatus
}) {}

export class UnknownStore extends Schema.TaggedError<UnknownStore>()("UnknownStore", {}) {}
/** A callback whose signature is not the store's, or whose time is too far from ours. */
export class CallbackRefused extends Schema.TaggedError<CallbackRefused>()("CallbackRefused", {
  reason: Schema.Literals(["signature", "stale"])
}) {}
/** What was signed is no report. */
export class CallbackMalformed extends Schema.TaggedError<CallbackMalformed>()("CallbackMalformed", {}) {}
