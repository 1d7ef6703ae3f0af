import { DateTime, Effect, Option, type Redacted } from "effect"
import { contextOf, type InSession, Outbox, Transaction } from "../kernel/index.ts"
import { tryPassword } from "./attempts.ts"
import { InvalidCredentials } from "./errors.ts"
import { userReauthenticated } from "./events.ts"
import { accountOf } from "./password-change.ts"
import { Principals, Sessions } from "./ports.ts"
import { InvalidSecondFactor } from "./second-factor-errors.ts"
import { enabledFactorOf, type UseUp, withProof } from "./second-factor-proof.ts"

export interface Reauthentication {
  readonly by: "password" | "totp"
  readonly secret: Redacted.Redacted<string>
}

const stamp = Effect.fnUntraced(function* (actor: InSession, by: Reauthentication["by"]) {
  yield* (yield* Sessions).stamp(actor.sessionId, yield* DateTime.now, by === "totp")
  yield* (yield* Principals).invalidate(actor.userId)
  yield* (yield* Outbox).append([
    userReauthenticated(actor.userId, { session_id: actor.sessionId, method: by }, contextOf(actor))
  ])
})

const stampByCode = Effect.fnUntraced(function* (actor: InSession, useUp: UseUp) {
  yield* useUp
  yield* stamp(actor, "totp")
})

const byPassword = Effect.fnUntraced(function* (actor: InSession, password: Redacted.Redacted<string>) {
  const { user, hash } = yield* accountOf(actor)
  const verdict = yield* tryPassword(actor, user.email, password, hash)
  if (!verdict.matches) return yield* new InvalidCredentials()
  yield* (yield* Transaction).atomically(stamp(actor, "password"))
})

const byCode = Effect.fnUntraced(function* (actor: InSession, code: Redacted.Redacted<string>) {
  const factor = Option.getOrUndefined(yield* enabledFactorOf(actor.userId))
  if (factor === undefined) return yield* new InvalidSecondFactor()
  yield* withProof(actor, actor.userId, factor, { method: "totp", code }, (useUp) => stampByCode(actor, useUp))
})

/**
 * Stamps this session with a fresh proof of who its user is (05-decisions, "Step-up"). Either factor beside the session is
 * one (NIST SP 800-63B §4.2.3); only a code also counts as passing the second factor.
 */
export const reauthenticate = Effect.fn("accounts.reauthenticate")(function* (
  actor: InSession,
  { by, secret }: Reauthentication
) {
  if (by === "password") yield* byPassword(actor, secret)
  else yield* byCode(actor, secret)
})
