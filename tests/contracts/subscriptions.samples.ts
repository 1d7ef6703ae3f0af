import { DateTime, Effect } from "effect"
import { Ids, type UserId } from "@veza/domain/kernel"
import {
  begin,
  type BillingCycle,
  InvoiceId,
  Invoices,
  planAt,
  type PlanId,
  SubscriptionId,
  Subscriptions
} from "@veza/domain/subscriptions"
import { addUser, at } from "./samples.ts"

const entity = Ids.use((ids) => ids.entity)
export const newInvoiceId = Effect.map(entity, (id) => InvoiceId.make(id))

/** What beginning a subscription decides, with nothing stored yet. */
export const beginning = Effect.fnUntraced(function* (
  userId: UserId,
  plan: PlanId = "creator",
  cycle: BillingCycle = "monthly",
  when: DateTime.Utc = at(0)
) {
  const found = planAt(yield* Subscriptions.use(({ catalog }) => catalog), plan, when)
  if (found === undefined) throw new Error(`${plan} is not sold`)
  const id = SubscriptionId.make(yield* entity)
  const given = { id, invoiceId: yield* newInvoiceId, userId, plan: found, cycle, taxRateBps: 0, at: when }
  const decision = begin({ ...given, mayTry: false })
  return decision
})

/** A subscription that waits for its first payment, and its invoice. */
export const addPending = Effect.fnUntraced(function* (plan: "creator" | "premium" = "creator", when?: DateTime.Utc) {
  const { id: userId } = yield* addUser()
  const { subscription, issue } = yield* beginning(userId, plan, "monthly", when)
  if (issue === undefined) throw new Error("a paid plan has an invoice")
  yield* Subscriptions.use((subscriptions) => subscriptions.add(subscription))
  const invoice = yield* Effect.flatten(
    Effect.map(
      Invoices.use((invoices) => invoices.issue(issue, when ?? at(0))),
      (issued) => Effect.fromOption(issued)
    )
  ).pipe(Effect.orDie)
  return { userId, subscription, draft: issue, invoice }
})
