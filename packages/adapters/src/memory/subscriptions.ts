import { DateTime, Effect, Layer, Option } from "effect"
import { Currency } from "@veza/domain/kernel"
import {
  type Catalog,
  dueAt,
  Plan,
  type PlanId,
  runningStatuses,
  type Subscription,
  Subscriptions
} from "@veza/domain/subscriptions"
import { keysetPage } from "./keyset-page.ts"
import { pageOf } from "./page-of.ts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, hex, put } from "./tables.ts"

const sold = (id: PlanId, monthlyMinor: number, trialDays: number, rank: number, ...features: Array<string>): Plan =>
  new Plan({
    id,
    version: 1,
    name: `${id.slice(0, 1).toUpperCase()}${id.slice(1)}`,
    monthlyMinor,
    yearlyMinor: 10 * monthlyMinor,
    currency: Currency.make("USD"),
    trialDays,
    rank,
    features,
    soldFrom: DateTime.makeUnsafe("1970-01-01T00:00:00.000Z")
  })

/** What the migrations put on sale. */
const catalog: Catalog = [
  sold("free", 0, 0, 0, "Listen to everything", "Like, share and follow"),
  sold("creator", 999, 0, 1, "Everything in Free", "Distribution to streaming platforms", "Royalty reports and splits"),
  sold("premium", 1999, 14, 2, "Everything in Creator", "14 days free of charge", "First in the queue for help")
]

const isRunning = ({ status }: Subscription): boolean => runningStatuses.includes(status)
const ofUser = (tables: Tables, userId: string): ReadonlyArray<Subscription> =>
  all(tables, "subscriptions").filter((subscription) => subscription.userId === userId)

/** The running one or, without one, that which ended last. */
const latest = (tables: Tables, userId: string): Subscription | undefined =>
  ofUser(tables, userId).toSorted(
    (a, b) =>
      (b.endedAt === null ? Infinity : DateTime.toEpochMillis(b.endedAt)) -
      (a.endedAt === null ? Infinity : DateTime.toEpochMillis(a.endedAt))
  )[0]

const isPaid = (tables: Tables, { id, plan, periodStart }: Subscription): boolean =>
  all(tables, "invoices").some(
    (invoice) =>
      invoice.subscriptionId === id &&
      invoice.status === "paid" &&
      invoice.plan === plan &&
      periodStart !== null &&
      DateTime.Equivalence(invoice.periodStart, periodStart)
  )

const dueKey = (subscription: Subscription): string => {
  const due = dueAt(subscription)
  return due === null ? "" : `${DateTime.formatIso(due)} ${subscription.id}`
}

export const subscriptionsMemory = Layer.effect(
  Subscriptions,
  Effect.map(Store, (store) =>
    Subscriptions.of({
      catalog: Effect.succeed(catalog),
      standingOf: (userId) =>
        store.read((tables) => {
          const found = latest(tables, userId)
          return found === undefined ? Option.none() : Option.some({ ...found, isPaid: isPaid(tables, found) })
        }),
      byId: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "subscriptions", id))),
      runningOf: (userId) => store.read((tables) => Option.fromNullishOr(ofUser(tables, userId).find(isRunning))),
      lock: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "subscriptions", id))),
      add: (subscription) =>
        store.change((tables): readonly [boolean, Tables] =>
          get(tables, "users", subscription.userId)?.deletedAt !== undefined ||
          (isRunning(subscription) && ofUser(tables, subscription.userId).some(isRunning))
            ? [false, tables]
            : [true, put(tables, "subscriptions", subscription.id, subscription)]
        ),
      save: (subscription, from) =>
        store.change((tables): readonly [boolean, Tables] => {
          const now = get(tables, "subscriptions", from.id)
          return now?.status === from.status && now.revision === from.revision
            ? [true, put(tables, "subscriptions", from.id, subscription)]
            : [false, tables]
        }),
      hasTried: (userId, address) =>
        store.read((tables) =>
          all(tables, "subscriptionTrials").some((trial) => trial.userId === userId || trial.address === hex(address))
        ),
      takeTrial: (userId, address, at) =>
        store.change((tables): readonly [boolean, Tables] => {
          const row = { userId, address: hex(address), at }
          return all(tables, "subscriptionTrials").some(
            (trial) => trial.userId === userId || trial.address === row.address
          )
            ? [false, tables]
            : [true, put(tables, "subscriptionTrials", userId, row)]
        }),
      due: (at, after, limit) =>
        store.read((tables) => {
          const due = all(tables, "subscriptions").filter((subscription) => {
            const when = dueAt(subscription)
            return when !== null && !DateTime.isGreaterThan(when, at)
          })
          return pageOf(due, dueKey, after, limit)
        }),
      record: (entries) =>
        store.change((tables) => [
          undefined,
          entries.reduce((left, entry) => put(left, "subscriptionHistory", entry.id, entry), tables)
        ]),
      history: (userId, plan) =>
        store.read((tables) =>
          keysetPage(
            all(tables, "subscriptionHistory").filter((entry) => entry.userId === userId),
            ({ at, id }) => ({ value: DateTime.formatIso(at), id }),
            plan
          )
        ),
      ofOwner: (owner, after, limit) =>
        store.read((tables) => pageOf(ofUser(tables, owner), ({ id }) => id, after, limit))
    })
  )
)
