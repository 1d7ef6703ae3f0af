import { randomBytes } from "node:crypto"

/** A payment in the words of Hyperswitch's `PaymentsResponse`. */
export interface SandboxPayment {
  readonly payment_id: string
  status: "requires_payment_method" | "succeeded" | "failed" | "cancelled"
  readonly amount: number
  amount_received: number | null
  readonly currency: string
  readonly customer_id: string | null
  readonly description: string | null
  readonly setup_future_usage: string | null
  readonly return_url: string | null
  readonly client_secret: string
  readonly metadata: unknown
  payment_method_id: string | null
  error_code: string | null
  error_message: string | null
  readonly created: string
}

export interface SandboxRefund {
  readonly refund_id: string
  readonly payment_id: string
  readonly status: "succeeded"
  readonly amount: number
  readonly currency: string
  readonly reason: string | null
}

/** What is told of, as it will be sent. */
export interface SandboxEvent {
  readonly event_id: string
  readonly event_type: string
  readonly content: { readonly type: string; readonly object: object }
  readonly timestamp: string
}

export interface SandboxState {
  readonly payments: ReadonlyArray<SandboxPayment>
  readonly refunds: ReadonlyArray<SandboxRefund>
}

/** A refusal as Hyperswitch words it. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** How somebody at the pay page pays. `later_declined`: now it works, but no charge by the mandate will. */
export type PayerChoice = "works" | "later_declined" | "declined" | "cancels"

export interface NewSandboxPayment {
  readonly payment_id: string
  readonly amount: number
  readonly currency: string
  readonly customer_id?: string | null
  readonly description?: string | null
  readonly setup_future_usage?: string | null
  readonly return_url?: string | null
  readonly metadata?: unknown
  readonly off_session?: boolean
  readonly recurring_details?: { readonly data: string }
}

/** Payments that are kept; the oldest go first. */
const capacity = 10_000

const token = (prefix: string): string => `${prefix}_${randomBytes(12).toString("hex")}`

/** Payment methods of this beginning are declined whenever nobody is there. */
const declinedLater = "pm_declined"

/** What the sandbox knows, and what may be done with it; every change that Hyperswitch would tell of is told. */
export class Books {
  readonly #payments = new Map<string, SandboxPayment>()
  readonly #refunds = new Map<string, SandboxRefund>()
  readonly #tell: (event: SandboxEvent) => void

  constructor(state: SandboxState, tell: (event: SandboxEvent) => void) {
    for (const payment of state.payments) this.#payments.set(payment.payment_id, payment)
    for (const refund of state.refunds) this.#refunds.set(refund.refund_id, refund)
    this.#tell = tell
  }

  get state(): SandboxState {
    return { payments: [...this.#payments.values()], refunds: [...this.#refunds.values()] }
  }

  payment(id: string): SandboxPayment {
    const found = this.#payments.get(id)
    if (found === undefined) throw new Refusal(404, "HE_02", "Payment does not exist in our records")
    return found
  }

  refund(id: string): SandboxRefund {
    const found = this.#refunds.get(id)
    if (found === undefined) throw new Refusal(404, "HE_02", "Refund does not exist in our records.")
    return found
  }

  create(asked: NewSandboxPayment): SandboxPayment {
    if (this.#payments.has(asked.payment_id)) {
      throw new Refusal(400, "HE_01", "The payment with the specified payment_id already exists in our records")
    }
    const mandate = asked.recurring_details?.data
    if (asked.amount < 0 || (asked.amount === 0 && asked.setup_future_usage !== "off_session")) {
      throw new Refusal(400, "IR_06", "amount must be greater than 0, or a payment method be set up")
    }
    if (mandate !== undefined && !this.#knowsMandate(mandate, asked.customer_id ?? null)) {
      throw new Refusal(404, "HE_02", "Payment method does not exist in our records")
    }
    const payment: SandboxPayment = {
      payment_id: asked.payment_id,
      status: "requires_payment_method",
      amount: asked.amount,
      amount_received: null,
      currency: asked.currency,
      customer_id: asked.customer_id ?? null,
      description: asked.description ?? null,
      setup_future_usage: asked.setup_future_usage ?? null,
      return_url: asked.return_url ?? null,
      client_secret: token(`${asked.payment_id}_secret`),
      metadata: asked.metadata ?? null,
      payment_method_id: mandate ?? null,
      error_code: null,
      error_message: null,
      created: new Date().toISOString()
    }
    this.#payments.set(payment.payment_id, payment)
    const [oldest] = this.#payments.keys()
    if (this.#payments.size > capacity && oldest !== undefined) this.#payments.delete(oldest)
    if (mandate !== undefined) this.#end(payment, mandate.startsWith(declinedLater) ? "declined" : "works")
    return payment
  }

  /** The payer decides; a payment that ended stays as it is. */
  pay(id: string, choice: PayerChoice): SandboxPayment {
    const payment = this.payment(id)
    if (payment.status !== "requires_payment_method") return payment
    if (payment.setup_future_usage === "off_session" && (choice === "works" || choice === "later_declined")) {
      payment.payment_method_id = token(choice === "works" ? "pm" : declinedLater)
    }
    this.#end(payment, choice)
    return payment
  }

  /** We call it off. */
  cancel(id: string): SandboxPayment {
    const payment = this.payment(id)
    if (payment.status !== "requires_payment_method") {
      throw new Refusal(400, "IR_16", `You cannot cancel this payment because it has status ${payment.status}`)
    }
    this.#end(payment, "cancels")
    return payment
  }

  #end(payment: SandboxPayment, choice: PayerChoice): void {
    if (choice === "cancels") {
      payment.status = "cancelled"
      return this.#tellOf(payment, "payment_cancelled")
    }
    this.#emit("payment_processing", "payment_details", { ...payment, status: "processing" })
    if (choice === "declined") {
      payment.status = "failed"
      payment.error_code = "card_declined"
      payment.error_message = "The card was declined."
      return this.#tellOf(payment, "payment_failed")
    }
    payment.status = "succeeded"
    payment.amount_received = payment.amount
    return this.#tellOf(payment, "payment_succeeded")
  }

  makeRefund(id: string, paymentId: string, amount: number | undefined, reason: string | null): SandboxRefund {
    if (this.#refunds.has(id)) {
      throw new Refusal(400, "HE_01", "Duplicate refund request. Refund already attempted with the refund ID")
    }
    const payment = this.payment(paymentId)
    if (payment.status !== "succeeded") throw new Refusal(400, "IR_14", "This Payment could not be refunded")
    const given = [...this.#refunds.values()].filter((refund) => refund.payment_id === paymentId)
    const left = payment.amount - given.reduce((sum, refund) => sum + refund.amount, 0)
    const wanted = amount ?? left
    if (wanted <= 0 || wanted > left) throw new Refusal(400, "IR_13", "Refund amount exceeds the payment amount")
    const refund: SandboxRefund = {
      refund_id: id,
      payment_id: paymentId,
      status: "succeeded",
      amount: wanted,
      currency: payment.currency,
      reason
    }
    this.#refunds.set(id, refund)
    this.#emit("refund_succeeded", "refund_details", refund)
    return refund
  }

  /** The payer's bank disputes a payment, or goes on with it. */
  dispute(paymentId: string, status: string, stage = "dispute"): object {
    const payment = this.payment(paymentId)
    if (payment.status !== "succeeded") throw new Refusal(400, "IR_14", "Only what was paid can be disputed")
    const dispute = {
      dispute_id: `dp_${paymentId}`,
      payment_id: paymentId,
      amount: String(payment.amount),
      currency: payment.currency,
      dispute_stage: stage,
      dispute_status: status,
      connector_reason: "fraudulent",
      challenge_required_by: new Date(Date.now() + 14 * 86_400_000).toISOString(),
      created_at: new Date().toISOString()
    }
    this.#emit(status, "dispute_details", dispute)
    return dispute
  }

  #knowsMandate(mandate: string, customer: string | null): boolean {
    return [...this.#payments.values()].some(
      ({ payment_method_id, customer_id }) => payment_method_id === mandate && customer_id === customer
    )
  }

  #tellOf(payment: SandboxPayment, type: string): void {
    this.#emit(type, "payment_details", { ...payment })
  }

  #emit(event_type: string, type: string, object: object): void {
    this.#tell({
      event_id: token("evt"),
      event_type,
      content: { type, object },
      timestamp: new Date().toISOString()
    })
  }
}
