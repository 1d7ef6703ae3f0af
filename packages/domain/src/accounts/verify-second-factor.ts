import { DateTime, Effect, Option, Redacted } from "effect"
import { type Actor, Secrets } from "../kernel/index.ts"
import { AccountBanned } from "./errors.ts"
import { openSession, tokensOf } from "./open-session.ts"
import { Users } from "./ports.ts"
import { refuseDuringMaintenance } from "./refuse-during-maintenance.ts"
import { InvalidChallenge, TwoFactorRequired } from "./second-factor-errors.ts"
import { type LoginChallenge, LoginChallenges } from "./second-factor-ports.ts"
import { enabledFactorOf, type SecondFactorProof, type UseUp, withProof } from "./second-factor-proof.ts"
import type { User } from "./user.ts"

/** Seconds that a challenge lives, and the codes it may be answered with: after that the password is asked again. */
export const challengeLifetime = 300
export const challengeAttempts = 5

/** Says that the second factor is missing, with a challenge to answer at `POST /auth/2fa/verify`. */
export const challengeFor = Effect.fnUntraced(function* (challenge: LoginChallenge) {
  const { secret, digest } = yield* (yield* Secrets).issue
  const expiresAt = DateTime.add(yield* DateTime.now, { seconds: challengeLifetime })
  yield* (yield* LoginChallenges).add({ ...challenge, digest, expiresAt })
  return new TwoFactorRequired({
    challenge: Redacted.value(secret),
    methods: ["totp", "backup_code"],
    expiresIn: challengeLifetime
  })
})

const open = Effect.fnUntraced(function* (
  actor: Actor,
  user: User,
  digest: Uint8Array,
  rememberMe: boolean,
  useUp: UseUp
) {
  if (!(yield* (yield* LoginChallenges).consume(digest, yield* DateTime.now))) return yield* new InvalidChallenge()
  yield* useUp
  return yield* openSession(actor, user, { method: "password", withSecondFactor: true, rememberMe })
})

/**
 * Ends a log-in whose password was right with the second factor (05-decisions, `POST /auth/2fa/verify`). A challenge and
 * a code are each used once: however many answers come at the same time, one session opens.
 */
export const verifySecondFactor = Effect.fn("accounts.verifySecondFactor")(function* (
  actor: Actor,
  secret: Redacted.Redacted<string>,
  proof: SecondFactorProof
) {
  const digest = (yield* Secrets).digest(secret)
  const now = yield* DateTime.now
  const challenge = Option.getOrUndefined(yield* (yield* LoginChallenges).attempt(digest, challengeAttempts, now))
  if (challenge === undefined) return yield* new InvalidChallenge()
  const user = Option.getOrUndefined(yield* (yield* Users).byId(challenge.userId))
  if (user === undefined || !user.isActive) return yield* new InvalidChallenge()
  if (user.isBanned) return yield* new AccountBanned()
  yield* refuseDuringMaintenance(user)
  const factor = Option.getOrUndefined(yield* enabledFactorOf(user.id))
  if (factor === undefined) return yield* new InvalidChallenge()
  const opened = yield* withProof(actor, user.id, factor, proof, (useUp) =>
    open(actor, user, digest, challenge.rememberMe, useUp)
  )
  return yield* tokensOf(user, opened)
})
