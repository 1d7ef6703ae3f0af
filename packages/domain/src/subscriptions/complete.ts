import { Effect, Option } from "effect"
import type { SignedIn } from "../kernel/index.ts"
import { Mandates, PaymentProvider, PaymentProviderNotConfigured } from "../payments/index.ts"
import { SubscriptionNotFound, SubscriptionNotPending } from "./errors.ts"
import type { SubscriptionId } from "./invoice.ts"
import { planVersion } from "./plan.ts"
import { Subscriptions } from "./ports.ts"
import { resume } from "./resume.ts"
import { type Payable, setUp } from "./subscribe.ts"
import type { Subscription } from "./subscription.ts"

/** Within a trial there is nothing to pay yet, but a way to pay may be told. */
const completeTrial = Effect.fnUntraced(function* (subscription: Subscription) {
  const plan = planVersion(yield* (yield* Subscriptions).catalog, subscription.plan, subscription.planVersion)
  const hasMandate = Option.isSome(yield* (yield* Mandates).of(subscription.userId))
  if (plan === undefined || hasMandate) return yield* new SubscriptionNotPending({ status: subscription.status })
  return { subscription, invoice: undefined, payment: yield* setUp(subscription, plan) }
})

/**
 * Goes on with a payment that a subscription of the caller's waits for: the first, that of a change, or one that failed
 * (30-subscriptions). Asked again it answers the same payment.
 */
export const completePayment = Effect.fn("subscriptions.complete")(function* (actor: SignedIn, id: SubscriptionId) {
  const subscription = Option.getOrUndefined(yield* (yield* Subscriptions).byId(id))
  if (subscription?.userId !== actor.userId) return yield* new SubscriptionNotFound()
  const isTrial = subscription.status === "trialing" && subscription.invoiceId === null
  if (!isTrial && subscription.invoiceId === null) {
    return yield* new SubscriptionNotPending({ status: subscription.status })
  }
  if (!(yield* PaymentProvider).isConfigured) return yield* new PaymentProviderNotConfigured()
  const payable: Payable = isTrial ? yield* completeTrial(subscription) : yield* resume(subscription)
  return payable
})
