import { Context, type DateTime, type Effect, type Option } from "effect"
import type { ListPlan, Page, UserId } from "../kernel/index.ts"
import type { PaymentId } from "../payments/index.ts"
import type { SubscriptionStep } from "./decision.ts"
import type { Standing } from "./entitlement.ts"
import type { Invoice, InvoiceDraft, InvoiceId, SubscriptionId } from "./invoice.ts"
import type { BillingCycle, Catalog, PlanId } from "./plan.ts"
import type { InvoiceStatus, SubscriptionStatus } from "./status.ts"
import type { Subscription } from "./subscription.ts"

/** What happened to a subscription, and what it was afterwards. Never changed. */
export interface HistoryEntry {
  readonly id: string
  readonly subscriptionId: SubscriptionId
  readonly userId: UserId
  readonly step: SubscriptionStep
  /** Null where it began with this. */
  readonly from: SubscriptionStatus | null
  readonly to: SubscriptionStatus
  readonly plan: PlanId
  readonly cycle: BillingCycle
  readonly invoiceId: InvoiceId | null
  /** Null: by the clock or by the provider's word. */
  readonly by: UserId | null
  readonly at: DateTime.Utc
}

export type HistorySort = "created_at"
export type InvoiceSort = "created_at"

/** The plans, and who has which. */
export class Subscriptions extends Context.Service<
  Subscriptions,
  {
    readonly catalog: Effect.Effect<Catalog>
    /** What entitlement asks: of the running subscription or, without one, of the last. */
    readonly standingOf: (userId: UserId) => Effect.Effect<Option.Option<Standing>>
    readonly byId: (id: SubscriptionId) => Effect.Effect<Option.Option<Subscription>>
    /** The running one. */
    readonly runningOf: (userId: UserId) => Effect.Effect<Option.Option<Subscription>>
    /** The same rows, kept from others until the transaction ends. */
    readonly lock: (id: SubscriptionId) => Effect.Effect<Option.Option<Subscription>>
    /** False when its owner has a running one already, or is gone. */
    readonly add: (subscription: Subscription) => Effect.Effect<boolean>
    /** Guarded by the status and the revision it leaves. False when it had moved on. */
    readonly save: (subscription: Subscription, from: Subscription) => Effect.Effect<boolean>
    /** Has this person, by account or by address, had a trial? */
    readonly hasTried: (userId: UserId, address: Uint8Array) => Effect.Effect<boolean>
    /** True exactly once for a person, however often asked. `address` is the digest of their e-mail address. */
    readonly takeTrial: (userId: UserId, address: Uint8Array, at: DateTime.Utc) => Effect.Effect<boolean>
    /** What the clock has to do something for by `at`, the longest due first, behind `after`. */
    readonly due: (
      at: DateTime.Utc,
      after: Subscription | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Subscription>>
    readonly record: (entries: ReadonlyArray<HistoryEntry>) => Effect.Effect<void>
    readonly history: (userId: UserId, plan: ListPlan<HistorySort>) => Effect.Effect<Page<HistoryEntry>>
    /** All of somebody's, behind `after`, by id. */
    readonly ofOwner: (
      owner: UserId,
      after: Subscription | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Subscription>>
  }
>()("@veza/domain/subscriptions/Subscriptions") {}

/** One try at having an invoice paid. */
export interface Attempt {
  readonly invoiceId: InvoiceId
  /** From 1 on; with the invoice's id it makes the idempotency key. */
  readonly attempt: number
  readonly offSession: boolean
  /** Null until the provider has been asked. */
  readonly paymentId: PaymentId | null
  readonly outcome: "succeeded" | "failed" | null
  /** Why it failed, in the provider's words. */
  readonly reason: string | null
  readonly createdAt: DateTime.Utc
}

/** Money that came in for nothing and is not given back yet. */
export interface DueRefund {
  readonly invoice: Invoice
  readonly attempt: number
  readonly paymentId: PaymentId
  /** Refunds of it that the provider was asked for and did not make. */
  readonly failures: number
}

export class Invoices extends Context.Service<
  Invoices,
  {
    /**
     * Gives a draft its number and stores it, in the current transaction: numbers of a year follow each other without a
     * gap, whoever rolls back. Undefined when its period has an invoice already. A draft of nothing is paid by that.
     */
    readonly issue: (draft: InvoiceDraft, at: DateTime.Utc) => Effect.Effect<Option.Option<Invoice>>
    readonly byId: (id: InvoiceId) => Effect.Effect<Option.Option<Invoice>>
    /** Kept from others until the transaction ends. */
    readonly lock: (id: InvoiceId) => Effect.Effect<Option.Option<Invoice>>
    readonly list: (userId: UserId, plan: ListPlan<InvoiceSort>) => Effect.Effect<Page<Invoice>>
    /** Guarded by the table of statuses. False when it had moved on. */
    readonly move: (id: InvoiceId, to: InvoiceStatus, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Adds the next attempt, claimed until `until` by whoever adds it; the invoice is open again. */
    readonly addAttempt: (
      id: InvoiceId,
      offSession: boolean,
      at: DateTime.Utc,
      until: DateTime.Utc
    ) => Effect.Effect<Attempt>
    readonly lastAttempt: (id: InvoiceId) => Effect.Effect<Option.Option<Attempt>>
    /** The last that was charged to somebody while nobody was there, and has ended. */
    readonly lastCharge: (userId: UserId) => Effect.Effect<Option.Option<Attempt>>
    /**
     * Attempts of which it is not known that the provider was asked, claimed until `until`: of several workers one gets
     * each. What was called off meanwhile is among them where it may have been charged while nobody was there.
     */
    readonly claimUnsent: (
      now: DateTime.Utc,
      until: DateTime.Utc,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Attempt>>
    readonly markSent: (id: InvoiceId, attempt: number, paymentId: PaymentId) => Effect.Effect<void>
    readonly attemptOf: (paymentId: PaymentId) => Effect.Effect<Option.Option<Attempt>>
    /** Guarded: true when this very call ended the attempt. Money that came in outweighs an earlier failure. */
    readonly endAttempt: (
      id: InvoiceId,
      attempt: number,
      end: {
        readonly outcome: "succeeded" | "failed"
        readonly reason: string | null
        readonly refund: boolean
        readonly at: DateTime.Utc
      }
    ) => Effect.Effect<boolean>
    /** See `PaymentSettler.claimOpen`. */
    readonly claimOpenPayments: (now: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<PaymentId>>
    /** What is to be given back, claimed until `until`. */
    readonly claimRefunds: (
      now: DateTime.Utc,
      until: DateTime.Utc,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DueRefund>>
    /** Counts one more failure, guarded by those that were known, and leaves the refund alone until `until`. */
    readonly refundFailed: (paymentId: PaymentId, failures: number, until: DateTime.Utc) => Effect.Effect<void>
    /**
     * Of a payment that came in, whether it was to be given back or somebody did so by hand. Guarded: true when this very
     * call noted it.
     */
    readonly markRefunded: (paymentId: PaymentId, at: DateTime.Utc) => Effect.Effect<boolean>
    readonly ofOwner: (
      owner: UserId,
      after: Invoice | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Invoice>>
  }
>()("@veza/domain/subscriptions/Invoices") {}

/** Who an invoice is for, as it is printed on it. */
export interface Billed {
  readonly name: string
  /** Stands for a name that cannot be printed. */
  readonly username: string
  readonly email: string
}

/** Makes documents of invoices. */
export class InvoiceDocuments extends Context.Service<
  InvoiceDocuments,
  {
    /** As PDF; the same invoice gives the same bytes. */
    readonly pdf: (invoice: Invoice, billed: Billed) => Effect.Effect<Uint8Array>
  }
>()("@veza/domain/subscriptions/InvoiceDocuments") {}
