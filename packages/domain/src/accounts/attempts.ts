import { DateTime, Effect, Option, Redacted } from "effect"
import { type Actor, networkOf, Secrets, type UserId } from "../kernel/index.ts"
import { PasswordHasher } from "./ports.ts"
import { TooManyAttempts } from "./second-factor-errors.ts"
import { FailedAttempts, type Failures } from "./second-factor-ports.ts"
import { AccountSettings } from "./settings.ts"
import { emailKey } from "./user.ts"

/** Seconds of the first wait and of the longest: the longest is what keeps a victim from being locked out for good. */
export const firstDelay = 15
export const longestDelay = 900
/** Hours without a failure after which all is forgotten. */
export const failureMemory = 24
/** Wrong codes an account may see before its owner must wait; six digits are 3 chances in a million a guess. */
export const freeCodes = 5

/** Seconds to wait after so many failures, `free` of which cost nothing (00-conventions, "progressive delay"). */
export const delayAfter = (failures: number, free: number): number =>
  failures < free ? 0 : Math.min(longestDelay, firstDelay * 2 ** Math.min(failures - free, 32))

type Judgement =
  | { readonly _tag: "Allowed"; readonly next: Failures }
  /** Whole seconds until an attempt is allowed. */
  | { readonly _tag: "Delayed"; readonly retryAfter: number }

/** May somebody try now, and what is written before they do: an attempt counts as failed until it succeeds. */
export const judgeAttempt = (seen: Failures | undefined, now: DateTime.Utc, free: number): Judgement => {
  const forgotten = seen === undefined || DateTime.isLessThan(DateTime.add(seen.lastAt, { hours: failureMemory }), now)
  if (forgotten) return { _tag: "Allowed", next: { count: 1, lastAt: now } }
  // After a clock that jumped back nobody waits longer than the delay itself.
  const waited = Math.max(0, now.epochMilliseconds - seen.lastAt.epochMilliseconds)
  const left = delayAfter(seen.count, free) * 1000 - waited
  return left > 0
    ? { _tag: "Delayed", retryAfter: Math.ceil(left / 1000) }
    : { _tag: "Allowed", next: { count: seen.count + 1, lastAt: now } }
}

interface Reserved {
  readonly seen: Failures | undefined
  readonly next: Failures
}

/** Asks again when somebody else wrote in between; each time that happens the others come closer to their delay. */
const reserve: (key: Uint8Array, free: number) => Effect.Effect<Reserved, TooManyAttempts, FailedAttempts> =
  Effect.fnUntraced(function* (key: Uint8Array, free: number) {
    const attempts = yield* FailedAttempts
    const seen = Option.getOrUndefined(yield* attempts.of(key))
    const judgement = judgeAttempt(seen, yield* DateTime.now, free)
    if (judgement._tag === "Delayed") return yield* new TooManyAttempts({ retryAfter: judgement.retryAfter })
    const { next } = judgement
    return (yield* attempts.replace(key, seen, next)) ? { seen, next } : yield* reserve(key, free)
  })

/** Marks an attempt as begun: `succeeded` takes it and all before it back, `undecided` only itself. */
const begin = Effect.fnUntraced(function* (subject: string, free: number) {
  const key = (yield* Secrets).digest(Redacted.make(subject))
  const { seen, next } = yield* reserve(key, free)
  const attempts = yield* FailedAttempts
  return {
    succeeded: attempts.clear(key),
    undecided: seen === undefined ? attempts.clear(key) : Effect.asVoid(attempts.replace(key, next, seen))
  }
})

/**
 * Judges a password against the hash of an account. Attempts are counted by address and account, whether or not there is
 * such an account: who tries from elsewhere never makes its owner wait. What was not judged does not count.
 */
export const tryPassword = Effect.fnUntraced(function* (
  actor: Actor,
  email: string,
  password: Redacted.Redacted<string>,
  hash: string | undefined
) {
  const { freeLogins } = yield* AccountSettings
  const attempt = yield* begin(`password ${networkOf(actor.origin.ip)} ${emailKey(email)}`, freeLogins)
  const verdict = yield* Effect.tapError((yield* PasswordHasher).verify(password, hash), () => attempt.undecided)
  if (verdict.matches) yield* attempt.succeeded
  return verdict
})

const codeSubject = (userId: UserId): string => `one-time password ${userId}`

/**
 * An attempt at the six digits of an account, counted by account alone: who guesses them has its password already and
 * may come from anywhere. Backup codes are too long to guess and are not counted, so the owner always gets in.
 */
export const codeAttempt = (userId: UserId) => begin(codeSubject(userId), freeCodes)

/** Forgets the attempts at the codes of an account that is no more. */
export const forgetCodeFailures = Effect.fnUntraced(function* (userId: UserId) {
  yield* (yield* FailedAttempts).clear((yield* Secrets).digest(Redacted.make(codeSubject(userId))))
})
