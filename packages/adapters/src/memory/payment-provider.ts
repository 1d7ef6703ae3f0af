import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { Context, DateTime, Effect, Layer, Option, Redacted, Result } from "effect"
import { Ids } from "@veza/domain/kernel"
import {
  type Dispute,
  isTerminal,
  MandateReference,
  type NewPayment,
  type Payment,
  PaymentId,
  PaymentProvider,
  PaymentProviderUnavailable,
  PaymentRefused,
  type ProviderEvent,
  type Refund,
  RefundId,
  type RefundKey,
  type SignedBody,
  WebhookSignatureInvalid,
  WebhookUnreadable
} from "@veza/domain/payments"

/** The hand that pays, declines and disputes at the in-memory provider. Each answers what the provider would deliver. */
export class PayersInMemory extends Context.Service<
  PayersInMemory,
  {
    /** Every payment, in the order of creation. */
    readonly payments: Effect.Effect<ReadonlyArray<Payment>>
    /** The payer pays, and leaves a mandate where the payment is to be remembered. Nothing moves an ended payment. */
    readonly pay: (id: PaymentId) => Effect.Effect<SignedBody>
    readonly decline: (id: PaymentId, code?: string) => Effect.Effect<SignedBody>
    readonly dispute: (dispute: Dispute) => Effect.Effect<SignedBody>
    /** What would be delivered about the payment as it is, as often as asked under the same event id. */
    readonly tell: (id: PaymentId) => Effect.Effect<SignedBody>
    /** Charges by this mandate fail from now on. */
    readonly breakMandate: (mandate: MandateReference) => Effect.Effect<void>
    /** Charges by this mandate wait from now on until the payer confirms them, as a bank may ask. */
    readonly questionMandate: (mandate: MandateReference) => Effect.Effect<void>
    readonly setReachable: (isReachable: boolean) => Effect.Effect<void>
  }
>()("@veza/adapters/memory/PayersInMemory") {}

interface Made {
  payment: Payment
  readonly asked: NewPayment
}

const declined = { code: "card_declined", message: "The card was declined." }

class Books {
  readonly #secret = randomBytes(32)
  readonly payments = new Map<string, Made>()
  readonly #refunds = new Map<string, Refund>()
  readonly #byKey = new Map<string, string>()
  readonly #events = new Map<string, ProviderEvent>()
  readonly #broken = new Set<string>()
  readonly #questioned = new Set<string>()
  isReachable = true

  sign(body: Uint8Array): string {
    return createHmac("sha512", this.#secret).update(body).digest("hex")
  }

  deliver(id: string, type: string, about: ProviderEvent["about"]): SignedBody {
    this.#events.set(id, { id, type, sentAt: undefined, about })
    const body = Buffer.from(id)
    return { body, signature: this.sign(body) }
  }

  opened(body: Uint8Array): ProviderEvent | undefined {
    return this.#events.get(Buffer.from(body).toString("utf8"))
  }

  create(key: string, asked: NewPayment, id: string, createdAt: DateTime.Utc): Payment | PaymentRefused {
    const known = this.payments.get(this.#byKey.get(key) ?? "")
    if (known !== undefined) return known.payment
    if (asked.amount.amount_minor < 0) return new PaymentRefused({ code: "amount", message: "A negative amount." })
    const isFree = asked.amount.amount_minor === 0
    if (isFree && !(asked.by._tag === "Payer" && asked.by.remember)) {
      return new PaymentRefused({ code: "amount", message: "Nothing to pay, and nothing to remember." })
    }
    if (asked.by._tag === "Mandate" && !this.#knows(asked.by.mandate, asked.customer)) {
      return new PaymentRefused({ code: "mandate", message: "There is no such mandate of theirs." })
    }
    const fails = asked.by._tag === "Mandate" && this.#broken.has(asked.by.mandate)
    const waits = asked.by._tag === "Payer" || this.#questioned.has(asked.by.mandate)
    const payment: Payment = {
      id: PaymentId.make(id),
      status: waits ? "requires_action" : fails ? "failed" : "succeeded",
      amount: asked.amount,
      customer: asked.customer,
      mandate: undefined,
      clientSecret: Redacted.make(`${id}_secret`),
      payUrl: waits ? `memory:${id}` : undefined,
      failure: fails ? declined : undefined,
      createdAt
    }
    this.payments.set(id, { payment, asked })
    this.#byKey.set(key, id)
    return payment
  }

  refund(key: RefundKey, payment: Payment | undefined, amount: Payment["amount"], id: string): Refund | PaymentRefused {
    const known = this.#refunds.get(key)
    if (known !== undefined) return known
    if (payment?.status !== "succeeded") return new PaymentRefused({ code: "state", message: "Not paid." })
    const before = [...this.#refunds.values()].filter(({ paymentId }) => paymentId === payment.id)
    const sum = before.reduce((total, refund) => total + refund.amount.amount_minor, amount.amount_minor)
    if (sum > payment.amount.amount_minor || amount.currency !== payment.amount.currency) {
      return new PaymentRefused({ code: "amount", message: "More than was paid." })
    }
    const refund: Refund = {
      id: RefundId.make(id),
      paymentId: payment.id,
      status: "succeeded",
      amount,
      failure: undefined
    }
    this.#refunds.set(key, refund)
    return refund
  }

  /** Ends a payment that waits; one that ended stays as it ended. */
  end(id: string, change: (made: Made) => Partial<Payment>): SignedBody {
    const made = this.payments.get(id)
    if (made === undefined) throw new Error(`There is no payment ${id}.`)
    if (!isTerminal(made.payment.status)) made.payment = { ...made.payment, ...change(made) }
    return this.tell(id)
  }

  tell(id: string): SignedBody {
    const made = this.payments.get(id)
    if (made === undefined) throw new Error(`There is no payment ${id}.`)
    const { payment } = made
    return this.deliver(`${id}:${payment.status}`, `payment_${payment.status}`, { _tag: "Payment", payment })
  }

  breakMandate(mandate: string): void {
    this.#broken.add(mandate)
  }

  questionMandate(mandate: string): void {
    this.#broken.delete(mandate)
    this.#questioned.add(mandate)
  }

  #knows(mandate: string, customer: string): boolean {
    return [...this.payments.values()].some(
      ({ payment }) => payment.mandate === mandate && payment.customer === customer
    )
  }
}

/** A provider of this process alone; its payers are `PayersInMemory`. */
export const paymentProviderMemory = Layer.effectContext(
  Effect.gen(function* () {
    const ids = yield* Ids
    const books = new Books()
    const reachable = Effect.suspend(() =>
      books.isReachable ? Effect.void : Effect.fail(new PaymentProviderUnavailable({ retryAfter: 30 }))
    )
    const given = <A>(outcome: A | PaymentRefused) =>
      outcome instanceof PaymentRefused ? Effect.fail(outcome) : Effect.succeed(outcome)

    const provider = PaymentProvider.of({
      isConfigured: true,
      create: Effect.fnUntraced(function* (key, payment) {
        yield* reachable
        return yield* given(books.create(key, payment, `pay_${yield* ids.entity}`, yield* DateTime.now))
      }),
      read: (id) => Effect.map(reachable, () => Option.fromNullishOr(books.payments.get(id)?.payment)),
      cancel: (id) =>
        Effect.map(reachable, () => {
          if (books.payments.has(id)) books.end(id, () => ({ status: "cancelled" }))
          return Option.fromNullishOr(books.payments.get(id)?.payment)
        }),
      refund: Effect.fnUntraced(function* (key, { paymentId, amount }) {
        yield* reachable
        const payment = books.payments.get(paymentId)?.payment
        return yield* given(books.refund(key, payment, amount, `ref_${yield* ids.entity}`))
      }),
      verify: ({ body, signature = "" }) => {
        const expected = Buffer.from(books.sign(body))
        const shown = Buffer.from(signature)
        if (expected.length !== shown.length || !timingSafeEqual(expected, shown)) {
          return Result.fail(new WebhookSignatureInvalid())
        }
        const event = books.opened(body)
        return event === undefined ? Result.fail(new WebhookUnreadable()) : Result.succeed(event)
      }
    })
    const payers = PayersInMemory.of({
      payments: Effect.sync(() => [...books.payments.values()].map(({ payment }) => payment)),
      pay: (id) =>
        Effect.sync(() =>
          books.end(id, ({ asked: { by } }) => ({
            status: "succeeded",
            mandate: by._tag === "Payer" && by.remember ? MandateReference.make(`mandate_of_${id}`) : undefined
          }))
        ),
      decline: (id, code) =>
        Effect.sync(() => books.end(id, () => ({ status: "failed", failure: { ...declined, ...(code && { code }) } }))),
      dispute: (dispute) =>
        Effect.sync(() =>
          books.deliver(`${dispute.id}:${dispute.status}`, `dispute_${dispute.status}`, { _tag: "Dispute", dispute })
        ),
      tell: (id) => Effect.sync(() => books.tell(id)),
      breakMandate: (mandate) => Effect.sync(() => books.breakMandate(mandate)),
      questionMandate: (mandate) => Effect.sync(() => books.questionMandate(mandate)),
      setReachable: (isReachable) =>
        Effect.sync(() => {
          books.isReachable = isReachable
        })
    })
    return Context.make(PaymentProvider, provider).pipe(Context.add(PayersInMemory, payers))
  })
)
