import { DateTime, Effect, Option, type Redacted } from "effect"
import { contextOf, type InSession, Outbox, Transaction } from "../kernel/index.ts"
import { tryPassword } from "./attempts.ts"
import { InvalidCredentials, UserNotFound } from "./errors.ts"
import { backupCodesRegenerated, mailRequested, secondFactorDisabled, secondFactorEnabled } from "./events.ts"
import { accountOf } from "./password-change.ts"
import { Principals, Sessions, Users } from "./ports.ts"
import { SecondFactorEnabled, SecondFactorNotSetUp } from "./second-factor-errors.ts"
import { OneTimePasswords, type SecondFactor, SecondFactors } from "./second-factor-ports.ts"
import {
  backupCodeDigest,
  enabledFactorOf,
  type SecondFactorProof,
  sealSecret,
  stepOfCode,
  type UseUp,
  withProof
} from "./second-factor-proof.ts"
import { requireFresh } from "./step-up.ts"
import type { User } from "./user.ts"

/** Codes for the day the authenticator is lost (10-accounts). */
const backupCodeCount = 10

const ownUser = Effect.fnUntraced(function* (actor: InSession) {
  return yield* Option.match(yield* (yield* Users).byId(actor.userId), {
    onNone: () => Effect.fail(new UserNotFound()),
    onSome: Effect.succeed
  })
})

const enabledOrRefused = Effect.fnUntraced(function* (actor: InSession) {
  return Option.getOrUndefined(yield* enabledFactorOf(actor.userId)) ?? (yield* new SecondFactorNotSetUp())
})

/** Proposes a fresh secret; nothing changes until its first code. Setting up again replaces a secret that waits. */
export const setUpSecondFactor = Effect.fn("accounts.setUpSecondFactor")(function* (actor: InSession) {
  yield* requireFresh(actor)
  const user = yield* ownUser(actor)
  const passwords = yield* OneTimePasswords
  const secret = yield* passwords.newSecret
  const sealed = yield* sealSecret(actor.userId, secret)
  const proposed = yield* (yield* SecondFactors).propose(actor.userId, sealed, yield* DateTime.now)
  if (!proposed) return yield* new SecondFactorEnabled()
  return { secret, ...passwords.enrolment(secret, user.email) }
})

const issueBackupCodes = Effect.fnUntraced(function* () {
  const codes = yield* (yield* OneTimePasswords).newBackupCodes(backupCodeCount)
  return { codes, digests: yield* Effect.forEach(codes, backupCodeDigest) }
})

const writeEnabled = Effect.fnUntraced(function* (
  actor: InSession,
  user: User,
  factor: SecondFactor,
  step: number,
  digests: ReadonlyArray<Uint8Array>
) {
  const factors = yield* SecondFactors
  const now = yield* DateTime.now
  if (!(yield* factors.enable(user.id, factor.secret, step, now))) return yield* new SecondFactorEnabled()
  yield* factors.replaceBackupCodes(user.id, digests)
  yield* (yield* Sessions).stamp(actor.sessionId, now, true)
  yield* (yield* Principals).invalidate(user.id)
  const context = contextOf(actor)
  yield* (yield* Outbox).append([
    secondFactorEnabled(user.id, {}, context),
    mailRequested(user.id, { template: "second_factor_enabled", to: user.email, username: user.username }, context)
  ])
})

/**
 * Turns the proposed factor on by its first code and answers the backup codes, which are shown this once. Other devices
 * stay signed in; this session counts as having passed the factor.
 */
export const enableSecondFactor = Effect.fn("accounts.enableSecondFactor")(function* (
  actor: InSession,
  code: Redacted.Redacted<string>
) {
  yield* requireFresh(actor)
  const user = yield* ownUser(actor)
  const factor = Option.getOrUndefined(yield* (yield* SecondFactors).of(actor.userId))
  if (factor === undefined) return yield* new SecondFactorNotSetUp()
  if (factor.isEnabled) return yield* new SecondFactorEnabled()
  const step = yield* stepOfCode(actor.userId, factor, code)
  const { codes, digests } = yield* issueBackupCodes()
  yield* (yield* Transaction).atomically(writeEnabled(actor, user, factor, step, digests))
  return codes
})

const writeDisabled = Effect.fnUntraced(function* (actor: InSession, user: User, useUp: UseUp) {
  yield* useUp
  if (!(yield* (yield* SecondFactors).remove(user.id))) return yield* new SecondFactorNotSetUp()
  yield* (yield* Principals).invalidate(user.id)
  const context = contextOf(actor)
  yield* (yield* Outbox).append([
    secondFactorDisabled(user.id, {}, context),
    mailRequested(user.id, { template: "second_factor_disabled", to: user.email, username: user.username }, context)
  ])
})

/** Turns the factor off, by password and code both. Devices stay signed in, but none has passed a factor any more. */
export const disableSecondFactor = Effect.fn("accounts.disableSecondFactor")(function* (
  actor: InSession,
  password: Redacted.Redacted<string>,
  proof: SecondFactorProof
) {
  yield* requireFresh(actor)
  const { user, hash } = yield* accountOf(actor)
  const factor = yield* enabledOrRefused(actor)
  const verdict = yield* tryPassword(actor, user.email, password, hash)
  if (!verdict.matches) return yield* new InvalidCredentials()
  yield* withProof(actor, user.id, factor, proof, (useUp) => writeDisabled(actor, user, useUp))
})

const writeBackupCodes = Effect.fnUntraced(function* (
  actor: InSession,
  digests: ReadonlyArray<Uint8Array>,
  useUp: UseUp
) {
  yield* useUp
  yield* (yield* SecondFactors).replaceBackupCodes(actor.userId, digests)
  yield* (yield* Outbox).append([backupCodesRegenerated(actor.userId, {}, contextOf(actor))])
})

/** Fresh backup codes for a code of the authenticator; the former ones are worth nothing any more. */
export const regenerateBackupCodes = Effect.fn("accounts.regenerateBackupCodes")(function* (
  actor: InSession,
  code: Redacted.Redacted<string>
) {
  yield* requireFresh(actor)
  const factor = yield* enabledOrRefused(actor)
  const { codes, digests } = yield* issueBackupCodes()
  yield* withProof(actor, actor.userId, factor, { method: "totp", code }, (useUp) =>
    writeBackupCodes(actor, digests, useUp)
  )
  return codes
})
