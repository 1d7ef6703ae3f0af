import * as Kernel from "@veza/domain/kernel"
import * as Platform from "@veza/domain/platform"
import { row } from "../error-row.ts"
import { retryHeader } from "./parts.ts"

/** Refusals that every context knows: rights, lists, retries, maintenance. */
export const platformErrors = {
  InvalidCursor: row(Kernel.InvalidCursor, 400, "INVALID_CURSOR", "The cursor does not belong to this list", {
    details: () => [{ field: "cursor", message: "begin again with an empty cursor" }]
  }),
  InvalidPeriod: row(Platform.InvalidPeriod, 400, "INVALID_PERIOD", "The period cannot be counted", {
    details: () => [{ field: "from", message: `must lie before to, by at most ${Platform.longestPeriod} days` }]
  }),
  PageTooDeep: row(Kernel.PageTooDeep, 400, "PAGE_TOO_DEEP", "Pages end at row 10,000; go on with a cursor", {
    details: () => [{ field: "page", message: "page × limit must be at most 10,000" }]
  }),
  Forbidden: row(Kernel.Forbidden, 403, "FORBIDDEN", (e) =>
    e.reason === "content_creator_required"
      ? "Insufficient permissions. Content creation requires creator, premium, or admin role."
      : e.reason === "not_yours"
        ? "You do not have permission to access this resource"
        : "Insufficient permissions"
  ),
  InsufficientScope: row(Kernel.InsufficientScope, 403, "INSUFFICIENT_SCOPE", "This API key may not do that"),
  SecondFactorRequired: row(
    Kernel.SecondFactorRequired,
    403,
    "SECOND_FACTOR_REQUIRED",
    "Please pass the second factor in this session, by logging in with it or at POST /api/v1/auth/reauthenticate",
    { transient: true }
  ),
  IdempotencyKeyInFlight: row(
    Platform.IdempotencyKeyInFlight,
    409,
    "IDEMPOTENCY_KEY_IN_FLIGHT",
    "The first request with this Idempotency-Key is still under way",
    { headers: (e) => retryHeader(e.retryAfter), transient: true }
  ),
  IdempotencyKeyReused: row(
    Platform.IdempotencyKeyReused,
    422,
    "IDEMPOTENCY_KEY_REUSED",
    "This Idempotency-Key was used for another request; take a new one"
  ),
  TemporarilyUnavailable: row(
    Kernel.TemporarilyUnavailable,
    503,
    "SERVICE_UNAVAILABLE",
    "The service is not available at the moment; please try again",
    { headers: (e) => retryHeader(e.retryAfter) }
  ),
  UnderMaintenance: row(
    Platform.UnderMaintenance,
    503,
    "MAINTENANCE",
    "Veza is under maintenance; please come back soon",
    { headers: () => retryHeader(120) }
  )
} as const
