import { assert } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { PayersInMemory } from "@veza/adapters/memory"
import { ApiKeyId, contextOf, type SignedIn, Transaction, type UserId } from "@veza/domain/kernel"
import {
  isTerminal,
  Mandates,
  type Payment,
  paymentEraser,
  receiveDelivery,
  reconcilePayments,
  resumeDeliveries,
  settlePayment
} from "@veza/domain/payments"
import {
  advanceSubscriptions,
  cancelSubscription,
  changeSubscription,
  completePayment,
  dueAt,
  Invoices,
  previewChange,
  reactivateSubscription,
  refundPayments,
  sendPayments,
  subscribe,
  type SubscribeCommand,
  subscriptionEraser,
  Subscriptions,
  type Wish
} from "@veza/domain/subscriptions"
import { allPayments, Chronicle, killedAt, type Whim, type worldOn } from "./world.ts"

export type World = Layer.Success<ReturnType<typeof worldOn<never, never>>>

/** `which` picks a payment, the latest first; `dies`: at which of its chances the process is killed, 0 for none. */
export type Happening =
  | { readonly _tag: "Subscribe"; readonly command: SubscribeCommand; readonly dies: number }
  /** Asked for so many milliseconds after it was previewed, at that price; 0: at once, and at the price of now. */
  | { readonly _tag: "Change"; readonly wish: Wish; readonly dwell: number; readonly dies: number }
  | { readonly _tag: "Complete"; readonly dies: number }
  | { readonly _tag: "Cancel" | "Reactivate" | "BreakCard" | "LoseCard" | "Leave" }
  | { readonly _tag: "Pay" | "Decline"; readonly which: number; readonly isTold: boolean }
  /** `TellWrongly`: that it failed, though it may still be paid. */
  | { readonly _tag: "Tell" | "TellWrongly"; readonly which: number }
  | { readonly _tag: "Provider"; readonly whim: Whim }
  | { readonly _tag: "Work"; readonly dies: number }
  | { readonly _tag: "Wait"; readonly seconds: number }
  /** Until the next thing is due, and so many milliseconds past that. */
  | { readonly _tag: "WaitForDue"; readonly past: number }
  | { readonly _tag: "AtOnce"; readonly all: ReadonlyArray<Happening> }

const origin = { ip: "192.0.2.1", userAgent: "life", requestId: "life" }
export const actorOf = (userId: UserId): SignedIn => ({
  _tag: "SignedIn",
  userId,
  role: "user",
  isVerified: true,
  origin,
  by: "key",
  keyId: ApiKeyId.make("6f6f6f6f-6f6f-4f6f-8f6f-6f6f6f6f6f6f"),
  scopes: ["read", "write"]
})

/** What people are told is an answer; whatever else goes wrong is a fault. */
const answered = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.catch(Effect.asSome(work), () => Effect.succeed(Option.none<A>()))

/** Of the payments whose creation was answered: nobody is led to pay any other. */
const nth = Effect.fnUntraced(function* (which: number) {
  const { attemptOf } = yield* Invoices
  const known = yield* Effect.filter(yield* allPayments, ({ id, amount }) =>
    amount.amount_minor === 0 ? Effect.succeed(true) : Effect.map(attemptOf(id), Option.isSome)
  )
  return known.toReversed()[which % Math.max(1, known.length)]
})

export const tell = Effect.fnUntraced(function* ({ id }: Payment) {
  const delivery = yield* (yield* PayersInMemory).tell(id)
  yield* Effect.orDie(receiveDelivery({ _tag: "Anonymous", origin }, delivery))
})

/** What a worker does in one turn. */
export const work = Effect.gen(function* () {
  yield* advanceSubscriptions()
  yield* sendPayments()
  yield* refundPayments()
  yield* resumeDeliveries()
  yield* reconcilePayments()
})

const change = Effect.fnUntraced(function* (actor: SignedIn, event: Extract<Happening, { _tag: "Change" }>) {
  const { wish, dies } = event
  const dwell = (yield* Chronicle).isRacing ? 0 : event.dwell
  const query = wish._tag === "Plan" ? { plan: wish.plan } : { cycle: wish.cycle }
  const shown = Option.getOrUndefined(yield* answered(previewChange(actor, query)))
  yield* TestClock.adjust(dwell)
  const asked = yield* killedAt(dies, answered(changeSubscription(actor, wish, dwell === 0 ? undefined : shown?.at)))
  const done = Option.getOrUndefined(Option.flatten(asked))
  const chronicle = yield* Chronicle
  if (done === undefined || chronicle.isRacing) return
  if (shown === undefined) return dwell === 0 ? assert.fail("what could not be previewed was done") : undefined
  const { invoice, subscription } = done
  assert.strictEqual(invoice?.totalMinor ?? 0, shown.totalMinor, "a preview is what is charged")
  assert.deepStrictEqual(invoice?.lines ?? [], shown.lines)
  const promised = shown.next && {
    subscription: subscription.id,
    at: shown.next.at,
    totalMinor: shown.next.totalMinor,
    after: invoice?.id
  }
  chronicle.promised = promised
})

const begin = Effect.fnUntraced(function* (actor: SignedIn, command: SubscribeCommand, dies: number) {
  const running = Option.getOrUndefined(yield* (yield* Subscriptions).runningOf(actor.userId))
  const shown = Option.getOrUndefined(yield* answered(previewChange(actor, command)))
  const done = Option.getOrUndefined(Option.flatten(yield* killedAt(dies, answered(subscribe(actor, command)))))
  if (done === undefined || running?.status === "pending_payment" || (yield* Chronicle).isRacing) return
  assert.strictEqual(done.invoice?.totalMinor ?? 0, shown?.totalMinor, "a preview is what is charged")
})

/** The account is deleted, as far as it concerns what is paid. */
const leave = Effect.fnUntraced(function* (actor: SignedIn) {
  const erasers = [yield* subscriptionEraser, yield* paymentEraser]
  const { userId } = actor
  const deletion = { userId, keepPublicTracks: false, at: yield* DateTime.now, context: contextOf(actor) }
  yield* (yield* Transaction).atomically(Effect.forEach(erasers, ({ atOnce }) => atOnce(deletion)))
})

const ofOwner = new Set<string>(["Subscribe", "Change", "Cancel", "Reactivate", "Leave", "AtOnce"])

export const happen = Effect.fnUntraced(function* (
  actor: SignedIn,
  event: Happening
): Effect.fn.Return<void, never, World | TestClock.TestClock> {
  const [payers, mandates, chronicle] = [yield* PayersInMemory, yield* Mandates, yield* Chronicle]
  const running = Option.getOrUndefined(yield* (yield* Subscriptions).runningOf(actor.userId))
  if (ofOwner.has(event._tag)) chronicle.promised = undefined
  // No time passes while something is under way: a database that has not answered yet would be too late by it.
  if (chronicle.isRacing && event._tag.startsWith("Wait")) return
  switch (event._tag) {
    case "Subscribe":
      return yield* begin(actor, event.command, event.dies)
    case "Change":
      return yield* change(actor, event)
    case "Complete":
      if (running !== undefined) yield* killedAt(event.dies, answered(completePayment(actor, running.id)))
      return
    case "Cancel":
      return yield* Effect.asVoid(answered(cancelSubscription(actor)))
    case "Reactivate":
      return yield* Effect.asVoid(answered(reactivateSubscription(actor)))
    case "Leave":
      return yield* leave(actor)
    case "Pay":
    case "Decline": {
      const payment = yield* nth(event.which)
      if (payment === undefined) return
      yield* event._tag === "Pay" ? payers.pay(payment.id) : payers.decline(payment.id)
      return event.isTold ? yield* tell(payment) : undefined
    }
    case "Tell":
    case "TellWrongly": {
      const payment = yield* nth(event.which)
      if (payment === undefined) return
      if (event._tag === "Tell") return yield* tell(payment)
      if (isTerminal(payment.status)) return
      yield* (yield* Transaction).atomically(settlePayment({ ...payment, status: "failed" }))
      return
    }
    case "BreakCard": {
      const mandate = Option.getOrUndefined(yield* mandates.of(actor.userId))
      return mandate === undefined ? undefined : yield* payers.breakMandate(mandate.reference)
    }
    case "LoseCard":
      return yield* mandates.forget(actor.userId)
    case "Provider":
      chronicle.whim = event.whim
      return
    case "Work":
      if (event.dies > 0) yield* killedAt(event.dies, work)
      yield* Effect.all([work, work], { concurrency: 2 })
      return
    case "Wait":
      return yield* TestClock.adjust(event.seconds * 1000)
    case "WaitForDue": {
      const due = running && dueAt(running)
      const now = DateTime.toEpochMillis(yield* DateTime.now)
      if (due) yield* TestClock.setTime(Math.max(now, DateTime.toEpochMillis(due) + event.past))
      return
    }
    case "AtOnce":
      chronicle.isRacing = true
      yield* Effect.forEach(event.all, (one) => happen(actor, one), { concurrency: "unbounded" })
      chronicle.isRacing = false
  }
})
