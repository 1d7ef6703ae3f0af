import { Context } from "effect"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import type { Actor, InSession, SignedIn } from "@veza/domain/kernel"
import { failures } from "./errors.ts"

/** Who makes the request; every handler may ask. */
export class RequestActor extends Context.Service<RequestActor, Actor>()("@veza/http-koa/RequestActor") {}

/** Somebody signed in; only handlers of routes that require it compile when they ask. */
export class SignedInActor extends Context.Service<SignedInActor, SignedIn>()("@veza/http-koa/SignedInActor") {}

/** Somebody in person; only handlers of routes that are closed to keys compile when they ask. */
export class SessionActor extends Context.Service<SessionActor, InSession>()("@veza/http-koa/SessionActor") {}

const inPerson = { BearerAuth: HttpApiSecurity.bearer }
const security = { ...inPerson, ApiKeyAuth: HttpApiSecurity.apiKey({ key: "X-API-Key", in: "header" }) }
const signInFailures = [
  "MissingCredentials",
  "InvalidToken",
  "InvalidApiKey",
  "TokenRevoked",
  "SessionExpired",
  "SessionUserMismatch",
  "TemporarilyUnavailable"
] as const

/** Marks a route for those who are signed in. */
export class RequiresSignIn extends HttpApiMiddleware.Service<RequiresSignIn, { provides: SignedInActor }>()(
  "@veza/http-koa/RequiresSignIn",
  { security, error: failures(...signInFailures, "InsufficientScope") }
) {}

/** Marks a route for somebody in person: the security of an account is closed to keys (10-accounts). */
export class RequiresSession extends HttpApiMiddleware.Service<RequiresSession, { provides: SessionActor }>()(
  "@veza/http-koa/RequiresSession",
  { security: inPerson, error: failures(...signInFailures, "InsufficientScope") }
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
    "DeadlineExceeded",
    "IdempotencyKeyInFlight",
    "IdempotencyKeyReused"
  )
}) {}
