import { DateTime, Effect, Metric, Result } from "effect"
import { type Actor, contextOf, type EventContext, Ids, systemContext, Transaction } from "../kernel/index.ts"
import { RateLimiter } from "../platform/index.ts"
import { DeliveryId, type DeliveryResult, firstRetry, isTimely, nextRetry, PaymentDeliveries } from "./deliveries.ts"
import { settleDispute } from "./disputes.ts"
import { WebhookSignatureInvalid } from "./errors.ts"
import { PaymentProvider, type ProviderEvent, type SignedBody } from "./provider.ts"
import { settlePayment, settleRefund } from "./settle-payment.ts"
import type { Settlement } from "./settlers.ts"

/** Bytes of a delivery; more is refused before anything is stored. */
export const maxDeliveryBytes = 64 * 1024
/** Bytes that are kept of what nobody signed: enough to see what it is, too little to fill a disk with. */
const keptUnsigned = 2048
/** Deliveries without a good signature that are logged of one address; the others are only counted. */
const unsignedLimit = { name: "unsigned-webhooks", limit: 60, windowSeconds: 60 }

const taken = Metric.counter("veza_payment_webhooks_total", {
  description: "Deliveries to the payment webhook by result, those that the reconciler took up included",
  incremental: true
})
const count = (result: DeliveryResult) => Metric.update(Metric.withAttributes(taken, { result }), 1)

const settle = Effect.fnUntraced(function* ({ about }: ProviderEvent, at: DateTime.Utc, context: EventContext) {
  switch (about._tag) {
    case "Payment":
      return yield* settlePayment(about.payment)
    case "Refund":
      return yield* settleRefund(about.refund)
    case "Dispute":
      return yield* settleDispute(about.dispute, at, context)
    case "Other":
      return "not_mine" satisfies Settlement
  }
})

/** Undoes the claim of what belongs to nobody yet. */
class NobodysYet extends Error {
  override readonly name = "NobodysYet"
}

/** The effect of an event; nothing of it stays where nobody owns what it is about. */
const effectOf = Effect.fnUntraced(function* (event: ProviderEvent, at: DateTime.Utc, context: EventContext) {
  if (!(yield* (yield* PaymentDeliveries).claim(event.id, at))) return "known"
  const settlement = yield* settle(event, at, context)
  return settlement === "not_mine" && event.about._tag !== "Other" ? yield* Effect.fail(new NobodysYet()) : settlement
})

/** Money that nobody owns after all that time is for people to look after. */
const giveUp = (id: DeliveryId, { about }: ProviderEvent) =>
  about._tag === "Payment" && about.payment.status === "succeeded"
    ? Effect.logError("a payment was made that belongs to nothing here; look at payment_webhooks", {
        delivery_id: id,
        payment_id: about.payment.id
      })
    : Effect.void

/**
 * Effect and result in one transaction. What nobody owns is kept for the reconciler: the provider may be quicker than
 * the commit of who asked it.
 */
const takeIn = Effect.fnUntraced(function* (id: DeliveryId, event: ProviderEvent, context: EventContext) {
  const deliveries = yield* PaymentDeliveries
  const open = yield* deliveries.take(id)
  if (open === undefined) return undefined
  const at = yield* DateTime.now
  const { atomically } = yield* Transaction
  const outcome = yield* Effect.catch(atomically(effectOf(event, at, context)), () =>
    Effect.succeed("nobodys" as const)
  )
  const result: DeliveryResult = outcome === "settled" || outcome === "unchanged" ? "ok" : "skipped"
  const retryAt = outcome === "nobodys" ? nextRetry(open.attempts + 1, at) : undefined
  yield* deliveries.finish(id, { result, at, retryAt })
  if (outcome === "nobodys" && retryAt === undefined) yield* giveUp(id, event)
  return result
})

/** Notes that an attempt failed, unless another finished it meanwhile. */
const noteFailure = Effect.fnUntraced(function* (id: DeliveryId) {
  const deliveries = yield* PaymentDeliveries
  const open = yield* deliveries.take(id)
  if (open === undefined) return
  const at = yield* DateTime.now
  const retryAt = nextRetry(open.attempts + 1, at)
  yield* deliveries.finish(id, { result: "error", at, retryAt })
  if (retryAt === undefined) {
    yield* Effect.logError("a payment webhook is given up; look at payment_webhooks", { delivery_id: id })
  }
})

const conclude = Effect.fnUntraced(function* (id: DeliveryId, event: ProviderEvent, context: EventContext) {
  const { atomically } = yield* Transaction
  const result = yield* atomically(takeIn(id, event, context)).pipe(
    Effect.tapCause(() => Effect.andThen(Effect.ignoreCause(atomically(noteFailure(id))), count("error")))
  )
  if (result === undefined) return undefined
  yield* count(result)
  yield* Effect.logInfo("a payment webhook was taken in", {
    delivery_id: id,
    event_id: event.id,
    event_type: event.type,
    result
  })
  return result
})

/** What a delivery says, if it is signed and sent now. */
const judge = Effect.fnUntraced(function* (delivery: SignedBody) {
  const verified = (yield* PaymentProvider).verify(delivery)
  const now = yield* DateTime.now
  return Result.flatMap(verified, (event) =>
    isTimely(event.sentAt, now) ? Result.succeed(event) : Result.fail(new WebhookSignatureInvalid())
  )
})

/**
 * Takes in what was posted to the provider's webhook (30-subscriptions). Everything is logged, what is signed before it
 * has any effect: whatever ends this process then, the reconciler goes on. Known events change nothing and are fine.
 */
export const receiveDelivery = Effect.fn("payments.receiveDelivery")(function* (actor: Actor, delivery: SignedBody) {
  const judged = yield* judge(delivery)
  if (Result.isFailure(judged) && judged.failure._tag === "PaymentProviderNotConfigured") return yield* judged.failure
  const { ip, userAgent, requestId } = actor.origin
  const event = Result.getOrUndefined(judged)
  const fault = Result.isFailure(judged) ? judged.failure : undefined
  const isSigned = fault?._tag !== "WebhookSignatureInvalid"
  if (!isSigned && !(yield* (yield* RateLimiter).take(unsignedLimit, ip)).allowed) {
    yield* count("signature_invalid")
    return yield* new WebhookSignatureInvalid()
  }
  const now = yield* DateTime.now
  const id = DeliveryId.make(yield* (yield* Ids).row)
  yield* (yield* PaymentDeliveries).record({
    id,
    receivedAt: now,
    payload: isSigned ? delivery.body : delivery.body.subarray(0, keptUnsigned),
    signature: isSigned ? delivery.signature : undefined,
    signatureValid: isSigned,
    eventId: event?.id,
    eventType: event?.type,
    ip,
    userAgent,
    requestId,
    result: fault === undefined ? undefined : isSigned ? "error" : "signature_invalid",
    retryAt: fault === undefined ? firstRetry(now) : undefined
  })
  if (event !== undefined) return yield* conclude(id, event, contextOf(actor))
  yield* count(isSigned ? "error" : "signature_invalid")
  yield* Effect.logWarning("a payment webhook was refused", { delivery_id: id, reason: fault?._tag ?? "" })
  return yield* fault ?? new WebhookSignatureInvalid()
})

/** Takes a delivery up that was left behind. */
const resume = Effect.fnUntraced(function* (id: DeliveryId) {
  const open = yield* (yield* Transaction).atomically(Effect.flatMap(PaymentDeliveries, ({ take }) => take(id)))
  if (open === undefined) return false
  const verified = (yield* PaymentProvider).verify({ body: open.payload, signature: open.signature })
  if (Result.isFailure(verified)) {
    yield* Effect.logWarning("a payment webhook can no longer be verified", { delivery_id: id })
    yield* (yield* Transaction).atomically(noteFailure(id))
    return false
  }
  return (yield* conclude(id, verified.success, systemContext)) !== undefined
})

/** Deliveries that one run takes up. */
const batch = 200

/**
 * Job: takes up what was logged and had no effect, because a process was killed or the database failed in between, or
 * because nobody owned it yet. One that resists does not keep the others. Answers how many were taken in.
 */
export const resumeDeliveries = Effect.fn("payments.resumeDeliveries")(function* () {
  if (!(yield* PaymentProvider).isConfigured) return 0
  const due = yield* (yield* PaymentDeliveries).due(yield* DateTime.now, batch)
  const resumed = yield* Effect.forEach(due, (id) =>
    Effect.catchCause(resume(id), (cause) =>
      Effect.as(Effect.logError("a payment webhook could not be taken in", { delivery_id: id }, cause), false)
    )
  )
  return resumed.filter((one) => one).length
})

/** How long the log is kept, and with it the ids by which replays are told (30-subscriptions). */
const memory = { days: 90 } as const

/** Job: forgets deliveries after 90 days; answers how many. */
export const forgetDeliveries = Effect.fn("payments.forgetDeliveries")(function* () {
  return yield* (yield* PaymentDeliveries).forget(DateTime.subtract(yield* DateTime.now, memory))
})
