import { DateTime, Duration, Effect, type Exit, Option, Redacted, Schema } from "effect"
import { Ids, Sealing } from "../kernel/index.ts"
import { type HeldKey, IdempotencyKeys, type IdempotencyScope } from "./idempotency-ports.ts"

/** The key was used for another request; draft-ietf-httpapi-idempotency-key-header §2.7 names 422 for it. */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {}) {}

/** The first request with this key is still under way. */
export class IdempotencyKeyInFlight extends Schema.TaggedError<IdempotencyKeyInFlight>()("IdempotencyKeyInFlight", {
  /** Seconds. */
  retryAfter: Schema.Int
}) {}

/** An answer as it left the house: what a retry gets again. */
export const StoredAnswer = Schema.Struct({
  status: Schema.Int,
  headers: Schema.Record(Schema.String, Schema.String),
  body: Schema.String
})
export type StoredAnswer = typeof StoredAnswer.Type

/** An answer that may be given again, and the fingerprint of the request it belongs to. */
export interface Answered {
  readonly fingerprint: string
  readonly answer: StoredAnswer
}

/** Answers are kept for 24 hours (05-decisions, "Idempotency-Key"). */
const memory = { hours: 24 } as const
/** A living process renews its lease in time; the key of one that died is free again after this. */
const leaseFor = Duration.seconds(30)
const renewEvery = Duration.seconds(10)
const retryAfter = 1

/** What an earlier request means for this one: pure, so that every case can be tried. */
export const judgeHeldKey = (held: HeldKey, fingerprint: string | undefined): "reused" | "in_flight" | "answered" => {
  if (fingerprint !== undefined && held.fingerprint !== undefined && fingerprint !== held.fingerprint) return "reused"
  return held.answer === undefined ? "in_flight" : "answered"
}

const AnswerText = Schema.fromJsonString(StoredAnswer)
const encodeAnswer = Schema.encodeSync(AnswerText)
const decodeAnswer = Schema.decodeOption(AnswerText)
/** Binds a sealed answer to its row. */
const purposeOf = ({ userId, route, key }: IdempotencyScope): string => `idempotency ${userId} ${route} ${key}`

/** Reads a kept answer; one that this installation can no longer open must neither be given nor made anew. */
const open = Effect.fnUntraced(function* (scope: IdempotencyScope, held: HeldKey) {
  const sealing = yield* Sealing
  const answer = Option.fromNullishOr(held.answer).pipe(
    Option.flatMap((sealed) => sealing.open(purposeOf(scope), sealed)),
    Option.flatMap((text) => decodeAnswer(Redacted.value(text)))
  )
  if (Option.isSome(answer) && held.fingerprint !== undefined) {
    return { _tag: "Answered", fingerprint: held.fingerprint, answer: answer.value } as const
  }
  yield* Effect.logError("the answer kept for an Idempotency-Key cannot be opened", { route: scope.route })
  return yield* new IdempotencyKeyReused()
})

/**
 * Reserves a key for a request, or finds the answer that was given under it. `fingerprint` is undefined where only the
 * end of the body tells; then the caller compares it with that of the answer.
 */
export const claimKey = Effect.fn("platform.claimKey")(function* (
  scope: IdempotencyScope,
  fingerprint: string | undefined
) {
  const at = yield* DateTime.now
  const attempt = yield* (yield* Ids).row
  const held = yield* (yield* IdempotencyKeys).reserve(scope, {
    attempt,
    fingerprint,
    at,
    leasedUntil: DateTime.addDuration(at, leaseFor),
    expiresAt: DateTime.add(at, memory)
  })
  if (Option.isNone(held)) return { _tag: "Claimed", attempt } as const
  const verdict = judgeHeldKey(held.value, fingerprint)
  if (verdict === "reused") return yield* new IdempotencyKeyReused()
  if (verdict === "in_flight") return yield* new IdempotencyKeyInFlight({ retryAfter })
  return yield* open(scope, held.value)
})

const keep = Effect.fnUntraced(function* (scope: IdempotencyScope, attempt: string, answered: Answered) {
  const answer = yield* (yield* Sealing).seal(purposeOf(scope), Redacted.make(encodeAnswer(answered.answer)))
  const expiresAt = DateTime.add(yield* DateTime.now, memory)
  yield* (yield* IdempotencyKeys).complete(scope, attempt, { fingerprint: answered.fingerprint, answer, expiresAt })
})

/** The work is done by now: failing to remember it must not take the answer away from the caller. */
const settle = (scope: IdempotencyScope, attempt: string, answered: Answered | undefined) =>
  (answered === undefined
    ? IdempotencyKeys.use((keys) => keys.release(scope, attempt))
    : keep(scope, attempt, answered)
  ).pipe(Effect.catchCause((cause) => Effect.logError("an answer could not be kept for its Idempotency-Key", cause)))

const keepLease = (scope: IdempotencyScope, attempt: string) => {
  const renew = Effect.gen(function* () {
    const until = DateTime.addDuration(yield* DateTime.now, leaseFor)
    yield* (yield* IdempotencyKeys).renew(scope, attempt, until)
  })
  return Effect.forever(Effect.andThen(Effect.sleep(renewEvery), Effect.ignoreCause(renew)))
}

/**
 * Does the work of a reserved key and keeps what `answered` makes of its end; where that is undefined the key is free
 * again. A crash leaves a lease that ends by itself: what had been committed by then is done once more by a retry, so work
 * that must happen once also carries a key of its own in its rows, as invoices and orders do.
 */
export const underKey = <A, E, R>(
  scope: IdempotencyScope,
  attempt: string,
  work: Effect.Effect<A, E, R>,
  answered: (exit: Exit.Exit<A, E>) => Answered | undefined
) =>
  work.pipe(
    Effect.onExit((exit) => settle(scope, attempt, answered(exit))),
    Effect.raceFirst(keepLease(scope, attempt))
  )

/** Job: removes keys whose time is over; answers how many. */
export const forgetIdempotencyKeys = Effect.fn("platform.forgetIdempotencyKeys")(function* () {
  return yield* (yield* IdempotencyKeys).forget(yield* DateTime.now)
})
