import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { AccountErasure, type Users } from "@veza/domain/accounts"
import { cursorAfter, Ids, planList } from "@veza/domain/kernel"
import {
  type HistoryEntry,
  historyList,
  Invoices,
  planAt,
  priceOf,
  Subscription,
  Subscriptions
} from "@veza/domain/subscriptions"
import { addUser, at } from "./samples.ts"
import { addPending, beginning } from "./subscriptions.samples.ts"

const next = (from: Subscription, more: Partial<Subscription>): Subscription =>
  new Subscription({ ...from, ...more, revision: from.revision + 1 })
const address = (text: string): Uint8Array => new TextEncoder().encode(text.padEnd(32, "."))

/** What every store of subscriptions does. */
export const subscriptionsContract = <E>(
  name: string,
  adapter: Layer.Layer<Subscriptions | Invoices | Users | AccountErasure | Ids, E>
) =>
  layer(adapter)(`Subscriptions: ${name}`, (it) => {
    it.effect("sells free, creator at 9.99 and premium at 19.99 with 14 days of trial, a year for ten months", () =>
      Effect.gen(function* () {
        const catalog = yield* (yield* Subscriptions).catalog
        const sold = (["free", "creator", "premium"] as const).flatMap((id) => planAt(catalog, id, at(0)) ?? [])
        assert.deepStrictEqual(
          sold.map((plan) => [plan.name, priceOf(plan, "monthly"), priceOf(plan, "yearly"), plan.trialDays]),
          [
            ["Free", 0, 0, 0],
            ["Creator", 999, 9990, 0],
            ["Premium", 1999, 19990, 14]
          ]
        )
      })
    )

    it.effect("gives back what it was given, and finds it as the running one", () =>
      Effect.gen(function* () {
        const subscriptions = yield* Subscriptions
        const { subscription, userId } = yield* addPending()
        assert.deepStrictEqual(Option.getOrThrow(yield* subscriptions.byId(subscription.id)), subscription)
        assert.deepStrictEqual(Option.getOrThrow(yield* subscriptions.runningOf(userId)), subscription)
        assert.isTrue(Option.isNone(yield* subscriptions.runningOf((yield* addUser()).id)))
      })
    )

    it.effect("lets somebody have one running subscription, of ten that are added at once", () =>
      Effect.gen(function* () {
        const subscriptions = yield* Subscriptions
        const { id: userId } = yield* addUser()
        const many = yield* Effect.forEach(Array.from({ length: 10 }), () => beginning(userId))
        const added = yield* Effect.forEach(many, ({ subscription }) => subscriptions.add(subscription), {
          concurrency: "unbounded"
        })
        assert.strictEqual(added.filter(Boolean).length, 1)
        const first = Option.getOrThrow(yield* subscriptions.runningOf(userId))
        assert.isTrue(yield* subscriptions.save(next(first, { status: "expired", endedAt: at(9) }), first))
        assert.isTrue(yield* subscriptions.add((yield* beginning(userId)).subscription))
      })
    )

    it.effect("adds none of somebody who is gone", () =>
      Effect.gen(function* () {
        const { id: userId } = yield* addUser()
        const { subscription } = yield* beginning(userId)
        const names = { username: `deleted-${userId}`, email: `deleted-${userId}@example.org`, passwordHash: "nothing" }
        yield* (yield* AccountErasure).anonymise(userId, names, at(1))
        assert.isFalse(yield* (yield* Subscriptions).add(subscription))
      })
    )

    it.effect("saves one of ten changes made at once, by status and revision", () =>
      Effect.gen(function* () {
        const subscriptions = yield* Subscriptions
        const { subscription } = yield* addPending()
        const over = next(subscription, { status: "expired", endedAt: at(9) })
        const saved = yield* Effect.forEach(Array.from({ length: 10 }), () => subscriptions.save(over, subscription), {
          concurrency: "unbounded"
        })
        assert.strictEqual(saved.filter(Boolean).length, 1)
        assert.deepStrictEqual(Option.getOrThrow(yield* subscriptions.byId(subscription.id)), over)
      })
    )

    it.effect("gives a trial once, to an account and to an address", () =>
      Effect.gen(function* () {
        const subscriptions = yield* Subscriptions
        const [ada, bob] = [yield* addUser(), yield* addUser()]
        const [hers, his] = [address(ada.id), address(bob.id)]
        const taken = yield* Effect.forEach(
          Array.from({ length: 5 }),
          () => subscriptions.takeTrial(ada.id, hers, at(1)),
          {
            concurrency: "unbounded"
          }
        )
        assert.strictEqual(taken.filter(Boolean).length, 1)
        assert.isFalse(yield* subscriptions.takeTrial(bob.id, hers, at(2)))
        assert.isTrue(yield* subscriptions.hasTried(bob.id, hers))
        assert.isTrue(yield* subscriptions.hasTried(ada.id, his))
        assert.isFalse(yield* subscriptions.hasTried(bob.id, his))
        assert.isTrue(yield* subscriptions.takeTrial(bob.id, his, at(3)))
      })
    )

    it.effect("tells of the running subscription whether its period is paid, by an invoice of its plan", () =>
      Effect.gen(function* () {
        const [subscriptions, invoices] = [yield* Subscriptions, yield* Invoices]
        const { subscription, invoice, userId } = yield* addPending("creator")
        const paid = () =>
          Effect.map(subscriptions.standingOf(userId), (found) => {
            const { status, plan, isPaid } = Option.getOrThrow(found)
            return { status, plan, isPaid }
          })
        assert.deepStrictEqual(yield* paid(), { status: "pending_payment", plan: "creator", isPaid: false })
        const { periodStart, periodEnd } = invoice
        const active = next(subscription, {
          status: "active",
          periodStart,
          periodEnd,
          invoiceId: null,
          waitingSince: null
        })
        yield* subscriptions.save(active, subscription)
        assert.isFalse((yield* paid()).isPaid)
        yield* invoices.move(invoice.id, "paid", at(5))
        assert.isTrue((yield* paid()).isPaid)
        yield* subscriptions.save(next(active, { plan: "premium" }), active)
        assert.isFalse((yield* paid()).isPaid)
        assert.isTrue(Option.isNone(yield* subscriptions.standingOf((yield* addUser()).id)))
      })
    )

    it.effect("tells what is due, the longest due first, page by page", () =>
      Effect.gen(function* () {
        const subscriptions = yield* Subscriptions
        const day = (n: number) => DateTime.makeUnsafe(`1999-05-0${n}T00:00:00.000Z`)
        const late = (yield* addPending("creator", day(3))).subscription
        const early = (yield* addPending("creator", day(1))).subscription
        yield* addPending("creator", day(5))
        const due = yield* subscriptions.due(day(4), undefined, 10)
        assert.deepStrictEqual(
          due.map(({ id }) => id),
          [early.id, late.id]
        )
        assert.deepStrictEqual(yield* subscriptions.due(day(4), undefined, 1), [early])
        assert.deepStrictEqual(yield* subscriptions.due(day(4), early, 10), [late])
      })
    )

    it.effect("keeps a history for its owner, the latest first", () =>
      Effect.gen(function* () {
        const subscriptions = yield* Subscriptions
        const { subscription, userId } = yield* addPending()
        const ids = yield* Ids.use((made) => made.rows(3))
        const entries = ids.map((id, n): HistoryEntry => ({
          id,
          subscriptionId: subscription.id,
          userId,
          step: n === 0 ? "created" : "payment_retried",
          from: n === 0 ? null : "past_due",
          to: "past_due",
          plan: "creator",
          cycle: "monthly",
          invoiceId: subscription.invoiceId,
          by: n === 0 ? userId : null,
          at: at(n)
        }))
        yield* subscriptions.record(entries)
        const plan = yield* planList(historyList, { cursor: "", limit: 2 }, {})
        const page = yield* subscriptions.history(userId, plan)
        assert.deepStrictEqual(page.items, entries.toReversed().slice(0, 2))
        assert.isDefined(page.next)
        const cursor = page.next === undefined ? "" : cursorAfter(historyList, plan, {}, page.next)
        const rest = yield* subscriptions.history(userId, yield* planList(historyList, { cursor, limit: 2 }, {}))
        assert.deepStrictEqual(rest.items, entries.slice(0, 1))
        assert.deepStrictEqual(yield* subscriptions.ofOwner(userId, undefined, 10), [subscription])
        assert.deepStrictEqual(yield* subscriptions.ofOwner(userId, subscription, 10), [])
      })
    )
  })
