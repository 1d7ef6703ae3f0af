import { DateTime, Effect, Option, Redacted } from "effect"
import { type Actor, contextOf, Outbox, Sealing, Secrets, Transaction, type UserId } from "../kernel/index.ts"
import { codeAttempt } from "./attempts.ts"
import { backupCodeUsed, secondFactorFailed } from "./events.ts"
import { InvalidSecondFactor } from "./second-factor-errors.ts"
import { type FailedAttempts, OneTimePasswords, type SecondFactor, SecondFactors } from "./second-factor-ports.ts"

/** A code as somebody typed it. */
export interface SecondFactorProof {
  readonly method: "totp" | "backup_code"
  readonly code: Redacted.Redacted<string>
}

/** The step that spends a code, for the transaction of what the code allows. */
export type UseUp = Effect.Effect<void, InvalidSecondFactor, SecondFactors | FailedAttempts | Outbox>

/** The secret of one account opens as no other's. */
const purposeOf = (userId: UserId): string => `second factor of ${userId}`

export const sealSecret = (userId: UserId, secret: Redacted.Redacted<string>) =>
  Sealing.use((sealing) => sealing.seal(purposeOf(userId), secret))

/** The digits without the spaces that authenticators show among them. */
const digitsOf = (code: Redacted.Redacted<string>): string => Redacted.value(code).replace(/\s/gu, "")

/** The digest of a backup code, however it was typed: groups and case are for reading. */
export const backupCodeDigest = (code: Redacted.Redacted<string>) =>
  Effect.map(Secrets, (secrets) =>
    secrets.digest(Redacted.make(Redacted.value(code).replace(/[\s-]/gu, "").toUpperCase()))
  )

/** The time step of a code, or `InvalidSecondFactor` when it is none of the moment's. */
export const stepOfCode = Effect.fnUntraced(function* (
  userId: UserId,
  factor: SecondFactor,
  code: Redacted.Redacted<string>
) {
  const secret = (yield* Sealing).open(purposeOf(userId), factor.secret)
  if (Option.isNone(secret)) {
    yield* Effect.logError("a second factor was sealed under another key; its owner needs a backup code")
    return yield* new InvalidSecondFactor()
  }
  const step = (yield* OneTimePasswords).stepOf(secret.value, digitsOf(code), yield* DateTime.now)
  return step ?? (yield* new InvalidSecondFactor())
})

const useStep = Effect.fnUntraced(function* (userId: UserId, step: number) {
  if (!(yield* (yield* SecondFactors).useStep(userId, step))) return yield* new InvalidSecondFactor()
})

const useBackupCode = Effect.fnUntraced(function* (actor: Actor, userId: UserId, digest: Uint8Array) {
  const used = yield* (yield* SecondFactors).useBackupCode(userId, digest, yield* DateTime.now)
  if (!used) return yield* new InvalidSecondFactor()
  yield* (yield* Outbox).append([backupCodeUsed(userId, {}, contextOf(actor, userId))])
})

/** Tells the audit trail of a wrong code. Whether it could be written changes nothing for who gets in. */
const tellFailure = Effect.fnUntraced(function* (actor: Actor, userId: UserId, method: SecondFactorProof["method"]) {
  const failed = secondFactorFailed(userId, { method }, contextOf(actor, userId))
  yield* (yield* Transaction).atomically((yield* Outbox).append([failed])).pipe(Effect.ignoreCause)
})

/**
 * Looks at a proof of an enabled factor. Answers the step that uses it up: a code is spent when the transaction that it
 * allows commits, and of two at once one is refused.
 */
const checkProof = Effect.fnUntraced(function* (
  actor: Actor,
  userId: UserId,
  factor: SecondFactor,
  proof: SecondFactorProof
) {
  if (proof.method === "backup_code") {
    const byCode: UseUp = useBackupCode(actor, userId, yield* backupCodeDigest(proof.code))
    return byCode
  }
  const attempt = yield* codeAttempt(userId)
  const step = yield* stepOfCode(userId, factor, proof.code)
  const byStep: UseUp = Effect.andThen(useStep(userId, step), attempt.succeeded)
  return byStep
})

/** Does in one transaction what a code allows, the spending of the code included; wrong codes are on record. */
export const withProof = Effect.fnUntraced(function* <A, E, R>(
  actor: Actor,
  userId: UserId,
  factor: SecondFactor,
  proof: SecondFactorProof,
  allowed: (useUp: UseUp) => Effect.Effect<A, E, R>
) {
  return yield* checkProof(actor, userId, factor, proof).pipe(
    Effect.flatMap((useUp) => Transaction.use(({ atomically }) => atomically(allowed(useUp)))),
    Effect.tapError((error) =>
      error instanceof InvalidSecondFactor ? tellFailure(actor, userId, proof.method) : Effect.void
    )
  )
})

/** The enabled factor of an account, if it has one. */
export const enabledFactorOf = (userId: UserId) =>
  SecondFactors.use((factors) =>
    Effect.map(
      factors.of(userId),
      Option.filter(({ isEnabled }) => isEnabled)
    )
  )
