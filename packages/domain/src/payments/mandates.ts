import { Context, type DateTime, type Effect, type Option } from "effect"
import type { UserId } from "../kernel/index.ts"
import type { MandateReference, PaymentId } from "./payment.ts"

/** By what somebody agreed to be charged while away. */
export interface Mandate {
  readonly userId: UserId
  readonly reference: MandateReference
  /** The payment by which it was agreed to. */
  readonly paymentId: PaymentId
  /** When that payment was created. */
  readonly agreedAt: DateTime.Utc
}

/** One mandate a person: the one agreed to last. */
export class Mandates extends Context.Service<
  Mandates,
  {
    /**
     * Keeps a mandate unless a later one is known, or there is no such person (any longer). True when this very call
     * stored it: news may come twice and in any order.
     */
    readonly remember: (mandate: Mandate) => Effect.Effect<boolean>
    readonly of: (userId: UserId) => Effect.Effect<Option.Option<Mandate>>
    readonly forget: (userId: UserId) => Effect.Effect<void>
  }
>()("@veza/domain/payments/Mandates") {}
