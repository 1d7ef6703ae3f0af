import { Context, type DateTime, Deferred, Effect, Layer, Logger, Option } from "effect"
import { PayersInMemory, paymentProviderMemory } from "@veza/adapters/memory"
import type { Users } from "@veza/domain/accounts"
import { type Ids, Outbox, type Secrets, type Transaction, type UserId } from "@veza/domain/kernel"
import {
  type Disputes,
  type Mandates,
  type PaymentDeliveries,
  PaymentProvider,
  PaymentProviderUnavailable,
  PaymentSettlers,
  type Refund,
  RefundId
} from "@veza/domain/payments"
import type { RateLimiter } from "@veza/domain/platform"
import { BillingSettings, type Catalog, invoiceSettler, Invoices, Subscriptions } from "@veza/domain/subscriptions"

/** `silent`: it does nothing and answers nothing; `mute`: it does what is asked and does not answer. */
export type Whim = "fine" | "silent" | "mute" | "refunds fail"

/** What a preview said that will be charged next, and the invoice that must be paid before. */
interface Promised {
  readonly subscription: string
  readonly at: DateTime.Utc
  readonly totalMinor: number
  readonly after: string | undefined
}

/** How the provider behaves, what it gave back, and what the life has come by so far. */
export class Chronicle extends Context.Service<
  Chronicle,
  {
    whim: Whim
    promised: Promised | undefined
    /** Several things happen at once: what one of them was told need not be so for another. */
    isRacing: boolean
    readonly refunds: Map<string, Refund>
    readonly faults: Array<string>
  }
>()("@veza/tests/lives/Chronicle") {}

class Cuts extends Context.Service<Cuts, { left: number; readonly cut: Deferred.Deferred<void> }>()(
  "@veza/tests/lives/Cuts"
) {}
const passCut = Effect.flatMap(Effect.serviceOption(Cuts), (found) => {
  const cuts = Option.getOrUndefined(found)
  if (cuts === undefined || --cuts.left !== 0) return Effect.void
  return Effect.andThen(Deferred.succeed(cuts.cut, undefined), Effect.never)
})

/** Work of a process that dies: before or after it writes events, or when the provider has done something. 0: it lives. */
export const killedAt = Effect.fnUntraced(function* <A, E, R>(chance: number, work: Effect.Effect<A, E, R>) {
  if (chance === 0) return Option.some(yield* work)
  const cut = yield* Deferred.make<void>()
  const doomed = Effect.provideService(Effect.asSome(work), Cuts, { left: chance, cut })
  return yield* Effect.raceFirst(doomed, Effect.as(Deferred.await(cut), Option.none<A>()))
})

const away = Effect.fail(new PaymentProviderUnavailable({ retryAfter: 30 }))

const moodyProvider = Layer.effect(
  PaymentProvider,
  Effect.gen(function* () {
    const provider = yield* PaymentProvider
    const [chronicle, invoices, subscriptions] = [yield* Chronicle, yield* Invoices, yield* Subscriptions]
    const moody = <A, E>(work: Effect.Effect<A, E>): Effect.Effect<A, E | PaymentProviderUnavailable> =>
      Effect.gen(function* () {
        if (chronicle.whim === "silent") return yield* away
        const done = yield* work
        yield* passCut
        return chronicle.whim === "mute" ? yield* away : done
      })
    const known = new Set<string>()
    /** Whoever is not there is charged only for what they owe. */
    const judge = Effect.fnUntraced(function* (key: string, owner: UserId) {
      const issued = yield* invoices.ofOwner(owner, undefined, 10_000)
      const invoice = issued.find(({ id }) => key.startsWith(`invoice:${id}:`))
      const owing = invoice && Option.getOrUndefined(yield* subscriptions.byId(invoice.subscriptionId))
      const owes = owing?.invoiceId === invoice?.id && owing?.endedAt === null && !owing.cancelAtPeriodEnd
      if (!owes && !chronicle.isRacing) chronicle.faults.push(`${key} was charged and is not owed`)
    })
    return PaymentProvider.of({
      ...provider,
      create: (key, payment) =>
        moody(
          Effect.gen(function* () {
            if (payment.by._tag === "Mandate" && !known.has(key)) yield* judge(key, payment.customer)
            known.add(key)
            return yield* provider.create(key, payment)
          })
        ),
      read: (id) => moody(provider.read(id)),
      cancel: (id) => moody(provider.cancel(id)),
      refund: (key, wanted) =>
        moody(
          Effect.gen(function* () {
            const before = chronicle.refunds.get(key)
            if (before !== undefined) return before
            const { paymentId, amount } = wanted
            const failure = { code: "bank", message: "The bank says no." }
            const failed: Refund = { id: RefundId.make(`no_${key}`), paymentId, amount, status: "failed", failure }
            const made = chronicle.whim === "refunds fail" ? failed : yield* provider.refund(key, wanted)
            chronicle.refunds.set(key, made)
            return made
          })
        )
    })
  })
)

const breakableOutbox = Layer.effect(
  Outbox,
  Effect.map(Outbox, ({ append }) =>
    Outbox.of({ append: (events) => Effect.andThen(passCut, Effect.andThen(append(events), passCut)) })
  )
)

/** Whatever is logged as an error is a fault, but for a bank's refusal. */
const cries = Layer.unwrap(
  Effect.map(Chronicle, ({ faults }) =>
    Logger.layer([
      Logger.make(({ logLevel, message, cause }) => {
        const said = `${JSON.stringify(message)} ${String(cause)}`
        if (logLevel === "Error" && !said.includes("a refund failed")) faults.push(said)
      })
    ])
  )
)

const chronicle = Layer.sync(Chronicle, () => ({
  whim: "fine" as const,
  promised: undefined,
  isRacing: false,
  refunds: new Map<string, Refund>(),
  faults: []
}))

type Ports =
  | Disputes
  | Ids
  | Invoices
  | Mandates
  | Outbox
  | PaymentDeliveries
  | RateLimiter
  | Secrets
  | Subscriptions
  | Transaction
  | Users

/** The use-cases of subscriptions and payments on these adapters, with a provider of this process and prices of ours. */
export const worldOn = <P, E>(adapters: Layer.Layer<P | Ports, E>, catalog: Catalog, taxRateBps: number) =>
  cries.pipe(
    Layer.provideMerge(Layer.effect(PaymentSettlers, Effect.all([invoiceSettler]))),
    Layer.provideMerge(
      Layer.succeed(BillingSettings, { frontendUrl: "http://localhost:3000", issuer: ["Veza"], taxRateBps })
    ),
    Layer.provideMerge(Layer.mergeAll(moodyProvider, breakableOutbox)),
    Layer.provideMerge(
      Layer.effect(
        Subscriptions,
        Effect.map(Subscriptions, (all) => Subscriptions.of({ ...all, catalog: Effect.succeed(catalog) }))
      )
    ),
    Layer.provideMerge(Layer.merge(paymentProviderMemory, chronicle)),
    Layer.provideMerge(adapters)
  )

/** Every payment at the provider, in the order of creation. */
export const allPayments = Effect.flatMap(PayersInMemory, ({ payments }) => payments)
