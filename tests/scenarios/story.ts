import { assert } from "@effect/vitest"
import { Context, DateTime, Deferred, Effect, Layer, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { PayersInMemory, paymentProviderMemory } from "@veza/adapters/memory"
import { Database } from "@veza/adapters/postgres"
import { ApiKeyId, Outbox, type SignedIn, Transaction, type UserId } from "@veza/domain/kernel"
import {
  isTerminal,
  Mandates,
  type PaymentId,
  PaymentProvider,
  PaymentSettlers,
  settlePayment
} from "@veza/domain/payments"
import {
  advanceSubscriptions,
  BillingSettings,
  cancelSubscription,
  changeSubscription,
  completePayment,
  entitlementOf,
  invoiceSettler,
  formatAmount,
  previewChange,
  reactivateSubscription,
  refundPayments,
  sendPayments,
  subscribe,
  type SubscribeCommand,
  Subscriptions,
  type Wish
} from "@veza/domain/subscriptions"
import { addUser } from "../contracts/samples.ts"
import { postgresAdapters } from "../support/postgres-adapters.ts"

/** Where a worker can be cut off: each time it is about to write events or has just been answered by the provider. */
class Cuts extends Context.Service<Cuts, { left: number; readonly cut: Deferred.Deferred<void> }>()(
  "@veza/tests/scenarios/Cuts"
) {}

/** Counts down, and at nothing brings the worker to a stand for good. */
const passCut = Effect.flatMap(Effect.serviceOption(Cuts), (found) => {
  const cuts = Option.getOrUndefined(found)
  if (cuts === undefined || --cuts.left !== 0) return Effect.void
  return Effect.andThen(Deferred.succeed(cuts.cut, undefined), Effect.never)
})

const breakableProvider = Layer.effect(
  PaymentProvider,
  Effect.map(PaymentProvider, (provider) =>
    PaymentProvider.of({
      ...provider,
      create: (key, payment) => Effect.tap(provider.create(key, payment), () => passCut)
    })
  )
)
const breakableOutbox = Layer.effect(
  Outbox,
  Effect.map(Outbox, (outbox) =>
    Outbox.of({ append: (events) => Effect.andThen(passCut, Effect.andThen(outbox.append(events), passCut)) })
  )
)

const issuer = ["Veza"]
const settings = (taxRateBps: number) =>
  Layer.succeed(BillingSettings, { frontendUrl: "http://localhost:3000", issuer, taxRateBps })
const settlers = Layer.effect(PaymentSettlers, Effect.all([invoiceSettler]))

/** The database keeps real time: what polls it must not be made to do so for months. */
const database = Layer.effectContext(TestClock.withLive(Layer.build(postgresAdapters)))

/** The whole of subscriptions on a real database, with a provider of this process, on the clock of the test. */
export const worldWith = ({ taxRateBps }: { readonly taxRateBps: number }) =>
  settlers.pipe(
    Layer.provideMerge(settings(taxRateBps)),
    Layer.provideMerge(Layer.mergeAll(breakableProvider, breakableOutbox)),
    Layer.provideMerge(paymentProviderMemory),
    Layer.provideMerge(database)
  )
export const world = worldWith({ taxRateBps: 0 })

/** What ended at the provider is told twice at once, and once more with what ends next: webhooks repeat and come late. */
const tellAll = Effect.fnUntraced(function* () {
  const { atomically } = yield* Transaction
  const payments = (yield* (yield* PayersInMemory).payments).filter(({ status }) => isTerminal(status)).slice(-3)
  yield* Effect.forEach([...payments, ...payments], (payment) => atomically(settlePayment(payment)), { concurrency: 4 })
})

const work = Effect.gen(function* () {
  yield* advanceSubscriptions()
  yield* sendPayments()
  yield* refundPayments()
})

/** Two workers at once; before them, where told so, one that is cut off at its `cutAt`th chance. */
const workers = Effect.fnUntraced(function* (cutAt: number) {
  const cut = yield* Deferred.make<void>()
  if (cutAt > 0) {
    const doomed = Effect.provideService(work, Cuts, { left: cutAt, cut })
    yield* Effect.raceFirst(doomed, Deferred.await(cut))
  }
  yield* Effect.all([work, work], { concurrency: 2 })
  yield* tellAll()
})

const actorOf = (userId: UserId): SignedIn => ({
  _tag: "SignedIn",
  userId,
  role: "user",
  isVerified: true,
  origin: { ip: "192.0.2.1", userAgent: "scenario", requestId: "scenario" },
  by: "key",
  keyId: ApiKeyId.make("6f6f6f6f-6f6f-4f6f-8f6f-6f6f6f6f6f6f"),
  scopes: ["read", "write"]
})

const Row = Schema.Struct({
  type: Schema.String,
  at: Schema.DateTimeUtcFromDate,
  amount: Schema.NullOr(Schema.Int)
})
const decodeRows = Schema.decodeUnknownEffect(Schema.Array(Row))

/** A person and the time that passes for them; `cutAt`: where the first worker of each look is cut off, 0: never. */
export const story = Effect.fnUntraced(function* (begin: string, options: { readonly cutAt?: number } = {}) {
  yield* TestClock.setTime(Date.parse(begin))
  const { id: userId } = yield* addUser({ isVerified: true })
  const actor = actorOf(userId)
  const { sql } = yield* Database
  const payers = yield* PayersInMemory
  const cutAt = options.cutAt ?? 0

  const nextDue = Effect.map(
    Effect.orDie(sql<{ due: Date | null }>`SELECT min(due_at) AS due FROM subscriptions`),
    ([row]) => row?.due?.getTime() ?? Infinity
  )
  /** Lets the time pass, from one thing that is due to the next; the workers look at each. */
  const until = Effect.fnUntraced(function* (end: string) {
    const last = Date.parse(end)
    for (let now = DateTime.toEpochMillis(yield* DateTime.now); now < last;) {
      now = Math.min(last, Math.max(now + 600_000, yield* nextDue))
      yield* TestClock.setTime(now)
      yield* workers(cutAt)
      if (cutAt === 0) continue
      // What a worker had claimed when it was cut off is free again.
      yield* TestClock.setTime(now + 360_000)
      yield* workers(0)
    }
  })
  const pay = (id: PaymentId | undefined) =>
    Effect.andThen(id === undefined ? Effect.die("nothing to pay") : payers.pay(id), tellAll())
  const decline = (id: PaymentId | undefined) =>
    Effect.andThen(id === undefined ? Effect.die("nothing to decline") : payers.decline(id), tellAll())

  /** What happened to this person since the story was last asked: `2026-01-31 INVOICE_PAID 19.99`. */
  let told = 0
  const events = Effect.fnUntraced(function* () {
    const rows = yield* Effect.orDie(
      Effect.flatMap(
        sql`SELECT type, occurred_at AS at, (payload->>'amount_minor')::int AS amount FROM outbox
          WHERE type LIKE 'subscription.%' AND payload->>'user_id' = ${userId} ORDER BY sequence OFFSET ${told}`,
        decodeRows
      )
    )
    told += rows.length
    return rows.map(({ type, at, amount }) => {
      const what = type.replace("subscription.", "").toUpperCase()
      const sum = amount === null ? "" : ` ${formatAmount(amount, "USD").replace(" USD", "")}`
      return `${DateTime.formatIsoDateUtc(at)} ${what}${sum}`
    })
  })
  /** The amounts of the mails so far, those without one left out. */
  const amounts = Effect.map(
    Effect.orDie(sql<{ amount: string | null }>`
      SELECT payload->>'amount' AS amount FROM outbox WHERE type = 'mail.requested'
        AND payload->>'template' = 'subscription_news' AND aggregate = ${`mail:${userId}`} ORDER BY sequence`),
    (rows) => rows.flatMap(({ amount }) => amount ?? [])
  )
  const mails = Effect.fnUntraced(function* () {
    const rows = yield* Effect.orDie(sql<{ news: string }>`
      SELECT payload->>'news' AS news FROM outbox WHERE type = 'mail.requested' AND payload->>'template' = 'subscription_news'
        AND aggregate = ${`mail:${userId}`} ORDER BY sequence`)
    return rows.map(({ news }) => news)
  })

  return {
    userId,
    until,
    pay,
    decline,
    events,
    mails,
    amounts,
    /** Lets the time pass while no worker looks. */
    travel: (end: string) => TestClock.setTime(Date.parse(end)),
    workers: workers(cutAt),
    subscribe: (command: SubscribeCommand) => subscribe(actor, command),
    complete: Effect.flatMap(
      Effect.flatMap(Subscriptions, (subscriptions) => subscriptions.runningOf(userId)),
      (running) => completePayment(actor, Option.getOrThrow(running).id)
    ),
    change: (wish: Wish, at?: DateTime.Utc) => changeSubscription(actor, wish, at),
    preview: (wish: Wish) => previewChange(actor, wish._tag === "Plan" ? { plan: wish.plan } : { cycle: wish.cycle }),
    cancel: cancelSubscription(actor),
    reactivate: reactivateSubscription(actor),
    right: Effect.map(entitlementOf(userId), ({ plan }) => plan),
    running: Effect.map(
      Effect.flatMap(Subscriptions, (subscriptions) => subscriptions.runningOf(userId)),
      Option.getOrUndefined
    ),
    /** From now on charges of the method on file fail. */
    breakCard: Effect.flatMap(
      Effect.flatMap(Mandates, (mandates) => mandates.of(userId)),
      (mandate) => payers.breakMandate(Option.getOrThrow(mandate).reference)
    ),
    /** From now on charges of the method on file wait for its owner's word. */
    questionCard: Effect.flatMap(
      Effect.flatMap(Mandates, (mandates) => mandates.of(userId)),
      (mandate) => payers.questionMandate(Option.getOrThrow(mandate).reference)
    ),
    /** Money that came in, went back, and what the invoices say was paid; in minor units. */
    books: Effect.gen(function* () {
      const [row] = yield* Effect.orDie(sql<{ kept: number; back: number; paid: number; lines: boolean }>`
        SELECT coalesce(sum(i.total_minor) FILTER (WHERE p.outcome = 'succeeded' AND p.refund_due_at IS NULL), 0)::int AS kept,
          coalesce(sum(i.total_minor) FILTER (WHERE p.refunded_at IS NOT NULL), 0)::int AS back,
          (SELECT coalesce(sum(total_minor), 0)::int FROM invoices WHERE user_id = ${userId} AND status = 'paid') AS paid,
          (SELECT coalesce(bool_and(subtotal_minor = (SELECT sum((l->>'amount_minor')::int) FROM jsonb_array_elements(lines) l)), true)
            FROM invoices WHERE user_id = ${userId}) AS lines
        FROM invoice_payments p JOIN invoices i ON i.id = p.invoice_id WHERE i.user_id = ${userId}`)
      assert.isTrue(row?.lines)
      return { kept: row?.kept, back: row?.back, paid: row?.paid }
    })
  }
})
