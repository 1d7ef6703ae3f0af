import { DateTime, Effect, Option, Schema } from "effect"
import { type Actor, contextOf, Outbox, type SignedIn, Transaction, type UserId } from "../kernel/index.ts"
import { userPrivacyOptedOut } from "./events.ts"
import { PrivacyChoices } from "./preference-ports.ts"

/** Who said it: the person, or the Global Privacy Control signal of their browser. */
export const OptOutSource = Schema.Literals(["request", "gpc"])
export type OptOutSource = typeof OptOutSource.Type

export interface OptOut {
  readonly source: OptOutSource
  readonly at: DateTime.Utc
}

/** Only the value 1 is the signal (GPC, "The Sec-GPC header field"). */
export const isGpcSignal = (header: string): boolean => header.trim() === "1"

/** Records an opt-out within a transaction; nothing happens where there is one already. */
export const recordOptOut = Effect.fnUntraced(function* (actor: Actor, user: UserId, source: OptOutSource) {
  const recorded = yield* (yield* PrivacyChoices).optOut(user, { source, at: yield* DateTime.now })
  if (recorded) yield* (yield* Outbox).append([userPrivacyOptedOut(user, { source }, contextOf(actor, user))])
})

const optOutNow = Effect.fnUntraced(function* (actor: SignedIn, source: OptOutSource) {
  yield* recordOptOut(actor, actor.userId, source)
  return Option.getOrThrow(yield* (yield* PrivacyChoices).optOutOf(actor.userId))
})

/** Opts the caller out; once is enough, and the first time stays recorded. */
export const optOut = Effect.fn("accounts.optOut")(function* (actor: SignedIn, source: OptOutSource) {
  return yield* (yield* Transaction).atomically(optOutNow(actor, source))
})

/** Whether the caller opted out, for them and for every context that would do something with what it knows. */
export const readOptOut = Effect.fnUntraced(function* (user: UserId) {
  return yield* (yield* PrivacyChoices).optOutOf(user)
})
