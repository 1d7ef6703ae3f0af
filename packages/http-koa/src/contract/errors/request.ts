import { Schema } from "effect"
import { row } from "../error-row.ts"
import { retryHeader } from "./parts.ts"

/** The body, a parameter or a header is not as declared; one detail for each fault. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  faults: Schema.Array(Schema.Struct({ field: Schema.String, message: Schema.String }))
}) {}
export class BodyTooLarge extends Schema.TaggedError<BodyTooLarge>()("BodyTooLarge", { maxBytes: Schema.Int }) {}
export class UnsupportedMediaType extends Schema.TaggedError<UnsupportedMediaType>()("UnsupportedMediaType", {
  expected: Schema.String
}) {}
export class MissingCredentials extends Schema.TaggedError<MissingCredentials>()("MissingCredentials", {}) {}
export class CsrfRefused extends Schema.TaggedError<CsrfRefused>()("CsrfRefused", {}) {}
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", { retryAfter: Schema.Int }) {}
export class RouteNotFound extends Schema.TaggedError<RouteNotFound>()("RouteNotFound", {}) {}
export class MethodNotAllowed extends Schema.TaggedError<MethodNotAllowed>()("MethodNotAllowed", {
  allow: Schema.String
}) {}
export class DeadlineExceeded extends Schema.TaggedError<DeadlineExceeded>()("DeadlineExceeded", {}) {}
export class InternalError extends Schema.TaggedError<InternalError>()("InternalError", {}) {}

/** What the host finds wrong with a request before, or instead of, a use-case. */
export const requestErrors = {
  InvalidRequest: row(InvalidRequest, 400, "VALIDATION_FAILED", "The request is not valid", {
    details: (e) => e.faults,
    fromWire: (_meta, details) => new InvalidRequest({ faults: details })
  }),
  MissingCredentials: row(MissingCredentials, 401, "UNAUTHENTICATED", "Access token required"),
  CsrfRefused: row(CsrfRefused, 403, "CSRF_REFUSED", "The CSRF token or the origin of the request is not valid"),
  RouteNotFound: row(RouteNotFound, 404, "NOT_FOUND", "Resource not found"),
  MethodNotAllowed: row(MethodNotAllowed, 405, "METHOD_NOT_ALLOWED", "The resource does not know this method", {
    headers: (e) => ({ Allow: e.allow })
  }),
  BodyTooLarge: row(BodyTooLarge, 413, "BODY_TOO_LARGE", (e) => `The body may have at most ${e.maxBytes} bytes`),
  UnsupportedMediaType: row(
    UnsupportedMediaType,
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    (e) => `The body must be ${e.expected}`
  ),
  RateLimited: row(RateLimited, 429, "RATE_LIMITED", "Too many requests; please slow down", {
    headers: (e) => retryHeader(e.retryAfter)
  }),
  InternalError: row(InternalError, 500, "INTERNAL_ERROR", "Internal server error"),
  DeadlineExceeded: row(DeadlineExceeded, 504, "TIMEOUT", "The request took too long")
} as const
