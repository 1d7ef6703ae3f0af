import * as Distribution from "@veza/domain/distribution"
import { row } from "../error-row.ts"

/** Releases, and what becomes of them at stores. */
export const distributionErrors = {
  CallbackRefused: row(
    Distribution.CallbackRefused,
    401,
    "CALLBACK_REFUSED",
    "The callback's signature is not the store's, or was made too long ago",
    { transient: true }
  ),
  CallbackMalformed: row(
    Distribution.CallbackMalformed,
    400,
    "CALLBACK_MALFORMED",
    "What was signed is no report of a store"
  ),
  DistributionNotIncluded: row(
    Distribution.DistributionNotIncluded,
    403,
    "DISTRIBUTION_NOT_INCLUDED",
    "Distribution requires Creator or Premium plan",
    { transient: true }
  ),
  SubscriptionUnpaid: row(
    Distribution.SubscriptionUnpaid,
    403,
    "SUBSCRIPTION_UNPAID",
    "Your subscription is not linked to a payment. Complete payment to enable distribution.",
    { transient: true }
  ),
  ReleaseNotFound: row(Distribution.ReleaseNotFound, 404, "RELEASE_NOT_FOUND", "Resource not found"),
  SubmissionNotFound: row(Distribution.SubmissionNotFound, 404, "SUBMISSION_NOT_FOUND", "Resource not found"),
  CoverMissing: row(Distribution.CoverMissing, 404, "COVER_MISSING", "The release has no cover yet"),
  UnknownStore: row(Distribution.UnknownStore, 404, "UNKNOWN_STORE", "Resource not found"),
  ReleaseChanged: row(
    Distribution.ReleaseChanged,
    409,
    "RELEASE_CHANGED",
    "The release was changed meanwhile; please look at it again",
    { transient: true }
  ),
  SubmissionOpen: row(
    Distribution.SubmissionOpen,
    409,
    "SUBMISSION_OPEN",
    (e) => `The release is on its way to ${e.platforms.join(", ")}, or sold there, already`,
    { transient: true }
  ),
  SubmissionConflict: row(
    Distribution.SubmissionConflict,
    409,
    "SUBMISSION_CONFLICT",
    (e) => `The submission is ${e.status.replaceAll("_", " ")}, which does not allow that`,
    { transient: true }
  ),
  CoverNotAccepted: row(
    Distribution.CoverNotAccepted,
    415,
    "COVER_NOT_ACCEPTED",
    "The cover must be a JPEG or a PNG in RGB"
  ),
  ReleaseInvalid: row(
    Distribution.ReleaseInvalid,
    422,
    "RELEASE_INVALID",
    (e) => `The release cannot go to stores yet: ${e.faults.length} ${e.faults.length === 1 ? "fault" : "faults"}`,
    {
      transient: true,
      details: (e) => e.faults,
      fromWire: (_meta, details) =>
        new Distribution.ReleaseInvalid({
          faults: details.map(({ code = "", fix = "", ...detail }) => ({ ...detail, code, fix }))
        })
    }
  ),
  DistributionUnavailable: row(
    Distribution.DistributionUnavailable,
    503,
    "DISTRIBUTION_UNAVAILABLE",
    "No way to the stores is configured — distribution temporarily unavailable"
  )
} as const
