import { Context } from "effect"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import type { Actor, SignedIn } from "@veza/domain/kernel"
import { failures } from "./errors.ts"

/** Who makes the request; every handler may ask. */
export class RequestActor extends Context.Service<RequestActor, Actor>()("@veza/http-koa/RequestActor") {}

/** Somebody signed in; only handlers of routes that require it compile when they ask. */
export class SignedInActor extends Context.Service<SignedInActor, SignedIn>()("@veza/http-koa/SignedInActor") {}

/** Marks a route for those who are signed in: by cookie or Bearer token. */
export class RequiresSignIn extends HttpApiMiddleware.Service<RequiresSignIn, { provides: SignedInActor }>()(
  "@veza/http-koa/RequiresSignIn",
  {
    security: { BearerAuth: HttpApiSecurity.bearer },
    error: failures(
      "MissingCredentials",
      "InvalidToken",
      "TokenRevoked",
      "SessionExpired",
      "SessionUserMismatch",
      "TemporarilyUnavailable"
    )
  }
) {}

/** What the guards before every handler may answer (05-decisions, "Middleware"). */
export class Guarded extends HttpApiMiddleware.Service<Guarded>()("@veza/http-koa/Guarded", {
  error: failures(
    "InvalidRequest",
    "BodyTooLarge",
    "UnsupportedMediaType",
    "CsrfRefused",
    "Forbidden",
    "RateLimited",
    "UnderMaintenance",
    "InternalError",
    "TemporarilyUnavailable",
    "DeadlineExceeded"
  )
}) {}
