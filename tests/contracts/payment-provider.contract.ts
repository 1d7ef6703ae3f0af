import { assert, layer } from "@effect/vitest"
import { Context, Effect, type Layer, Option, Redacted, Result } from "effect"
import { Currency, Ids, type Money } from "@veza/domain/kernel"
import {
  type NewPayment,
  PaymentId,
  PaymentProvider,
  type PaymentKey,
  type ProviderEvent,
  type RefundKey,
  type SignedBody
} from "@veza/domain/payments"
import { newUserId } from "./samples.ts"

/** The other side of a provider: whoever pays, and what the provider delivers of it. */
export class Payers extends Context.Service<
  Payers,
  {
    readonly pay: (id: PaymentId) => Effect.Effect<SignedBody>
    readonly decline: (id: PaymentId) => Effect.Effect<SignedBody>
    /** Pays with something that is declined whenever it is charged later. */
    readonly payOnce: (id: PaymentId) => Effect.Effect<SignedBody>
  }
>()("@veza/tests/Payers") {}

const dollars = (amount_minor: number): Money => ({ amount_minor, currency: Currency.make("USD") })
const newKey = Effect.map(
  Ids.use((ids) => ids.entity),
  (id): PaymentKey => `invoice:${id}:1`
)
const newRefundKey = Effect.map(
  Ids.use((ids) => ids.entity),
  (id): RefundKey => `refund:${id}`
)

const byPayer = (remember: boolean): NewPayment["by"] => ({
  _tag: "Payer",
  remember,
  returnUrl: "https://veza.example/billing"
})

const create = Effect.fnUntraced(function* (given: Partial<NewPayment> = {}) {
  const payment: NewPayment = {
    amount: dollars(1999),
    customer: yield* newUserId,
    description: "Premium, one month",
    by: byPayer(true),
    ...given
  }
  return yield* (yield* PaymentProvider).create(yield* newKey, payment)
})

const read = Effect.fnUntraced(function* (id: PaymentId) {
  return Option.getOrThrow(yield* (yield* PaymentProvider).read(id))
})

const mandateOf = Effect.fnUntraced(function* (id: PaymentId) {
  const { mandate } = yield* read(id)
  if (mandate === undefined) throw new Error("The payment left no mandate.")
  return mandate
})

const paymentIn = (event: ProviderEvent) => {
  if (event.about._tag !== "Payment") throw new Error(`The event is about ${event.about._tag}.`)
  return event.about.payment
}

/** What every payment provider does. */
export const paymentProviderContract = <E>(name: string, adapter: Layer.Layer<PaymentProvider | Payers | Ids, E>) =>
  layer(adapter)(`PaymentProvider: ${name}`, (it) => {
    it.effect("creates a payment that waits for its payer", () =>
      Effect.gen(function* () {
        const customer = yield* newUserId
        const payment = yield* create({ customer })
        assert.strictEqual(payment.status, "requires_action")
        assert.deepStrictEqual(payment.amount, dollars(1999))
        assert.strictEqual(payment.customer, customer)
        assert.isUndefined(payment.mandate)
        assert.isNotEmpty(Redacted.value(payment.clientSecret ?? Redacted.make("")))
        assert.isNotEmpty(payment.payUrl)
        assert.deepInclude(yield* read(payment.id), { status: "requires_action", id: payment.id })
      })
    )

    it.effect("creates one payment per key, however many ask at once, and answers it later too", () =>
      Effect.gen(function* () {
        const provider = yield* PaymentProvider
        const key = yield* newKey
        const customer = yield* newUserId
        const wanted: NewPayment = { amount: dollars(999), customer, description: "Creator", by: byPayer(false) }
        const made = yield* Effect.all(
          Array.from({ length: 10 }, () => provider.create(key, wanted)),
          { concurrency: "unbounded" }
        )
        const [first] = made
        assert.strictEqual(new Set(made.map(({ id }) => id)).size, 1)
        if (first === undefined) return
        yield* (yield* Payers).pay(first.id)
        assert.deepInclude(yield* provider.create(key, wanted), { id: first.id, status: "succeeded" })
      })
    )

    it.effect("tells of a payment that was made, signed, with the mandate that it left", () =>
      Effect.gen(function* () {
        const provider = yield* PaymentProvider
        const customer = yield* newUserId
        const { id } = yield* create({ customer })
        const delivery = yield* (yield* Payers).pay(id)
        const payment = paymentIn(Result.getOrThrow(provider.verify(delivery)))
        assert.deepInclude(payment, { id, status: "succeeded", customer, amount: dollars(1999), failure: undefined })
        assert.strictEqual(payment.mandate, yield* mandateOf(id))
      })
    )

    it.effect("keeps no mandate where nothing was to be remembered", () =>
      Effect.gen(function* () {
        const { id } = yield* create({ by: byPayer(false) })
        yield* (yield* Payers).pay(id)
        assert.deepInclude(yield* read(id), { status: "succeeded", mandate: undefined })
      })
    )

    it.effect("tells why a payment failed", () =>
      Effect.gen(function* () {
        const { id } = yield* create()
        const delivery = yield* (yield* Payers).decline(id)
        const told = paymentIn(Result.getOrThrow((yield* PaymentProvider).verify(delivery)))
        assert.deepInclude(told, { id, status: "failed", mandate: undefined })
        assert.strictEqual((yield* read(id)).failure?.code, "card_declined")
      })
    )

    it.effect("sets a mandate up without a charge, and charges by it while nobody is there", () =>
      Effect.gen(function* () {
        const customer = yield* newUserId
        const { id } = yield* create({ customer, amount: dollars(0) })
        yield* (yield* Payers).pay(id)
        const mandate = yield* mandateOf(id)
        const charged = yield* create({ customer, by: { _tag: "Mandate", mandate } })
        assert.deepInclude(charged, { status: "succeeded", amount: dollars(1999), customer })
      })
    )

    it.effect("answers a declined charge as a payment that failed", () =>
      Effect.gen(function* () {
        const customer = yield* newUserId
        const { id } = yield* create({ customer })
        yield* (yield* Payers).payOnce(id)
        const charged = yield* create({ customer, by: { _tag: "Mandate", mandate: yield* mandateOf(id) } })
        assert.strictEqual(charged.status, "failed")
        assert.strictEqual(charged.failure?.code, "card_declined")
      })
    )

    it.effect("refuses to charge nothing, and to charge by somebody else's mandate", () =>
      Effect.gen(function* () {
        const nothing = yield* Effect.flip(create({ amount: dollars(0), by: byPayer(false) }))
        assert.strictEqual(nothing._tag, "PaymentRefused")
        const { id } = yield* create()
        yield* (yield* Payers).pay(id)
        const by = { _tag: "Mandate", mandate: yield* mandateOf(id) } as const
        assert.strictEqual((yield* Effect.flip(create({ by })))._tag, "PaymentRefused")
      })
    )

    it.effect("knows no payment that was not made", () =>
      Effect.gen(function* () {
        const found = yield* (yield* PaymentProvider).read(PaymentId.make("pay_00000000000000000000000000"))
        assert.isTrue(Option.isNone(found))
      })
    )

    it.effect("calls off what waits for its payer, and nothing else", () =>
      Effect.gen(function* () {
        const { cancel } = yield* PaymentProvider
        const waiting = yield* create()
        assert.strictEqual(Option.getOrThrow(yield* cancel(waiting.id)).status, "cancelled")
        assert.strictEqual(Option.getOrThrow(yield* cancel(waiting.id)).status, "cancelled")
        assert.strictEqual((yield* read(waiting.id)).status, "cancelled")
        const paid = yield* create()
        yield* (yield* Payers).pay(paid.id)
        assert.strictEqual(Option.getOrThrow(yield* cancel(paid.id)).status, "succeeded")
        assert.isTrue(Option.isNone(yield* cancel(PaymentId.make("pay_00000000000000000000000000"))))
      })
    )

    it.effect("pays back once per key, never more than was paid, and only what was paid", () =>
      Effect.gen(function* () {
        const { refund } = yield* PaymentProvider
        const { id: paymentId } = yield* create()
        const key = yield* newRefundKey
        const part = { paymentId, amount: dollars(1000), reason: "requested_by_customer" }
        assert.strictEqual((yield* Effect.flip(refund(key, part)))._tag, "PaymentRefused")
        yield* (yield* Payers).pay(paymentId)
        const first = yield* refund(key, part)
        assert.deepInclude(first, { paymentId, amount: dollars(1000), status: "succeeded" })
        assert.deepStrictEqual(yield* refund(key, part), first)
        assert.strictEqual((yield* Effect.flip(refund(yield* newRefundKey, part)))._tag, "PaymentRefused")
        const rest = yield* refund(yield* newRefundKey, { ...part, amount: dollars(999) })
        assert.notStrictEqual(rest.id, first.id)
      })
    )

    it.effect("believes no delivery that it did not sign", () =>
      Effect.gen(function* () {
        const { verify } = yield* PaymentProvider
        const { id } = yield* create()
        const { body, signature = "" } = yield* (yield* Payers).pay(id)
        const altered = new Uint8Array(body)
        altered[0] = (altered[0] ?? 0) ^ 1
        const forged = [
          { body: altered, signature },
          { body, signature: undefined },
          { body, signature: "" },
          { body, signature: signature.slice(1) },
          { body, signature: `${signature.startsWith("0") ? "1" : "0"}${signature.slice(1)}` }
        ]
        for (const delivery of forged) {
          assert.strictEqual(Result.getOrThrow(Result.flip(verify(delivery)))._tag, "WebhookSignatureInvalid")
        }
      })
    )
  })
