import { Context, type Effect } from "effect"

/**
 * The unit of work of a use-case: everything inside commits together or not at all, and an interruption rolls back.
 * Nothing outside the database (mail, payment, scan, broker) belongs inside; it leaves through the outbox.
 */
export class Transaction extends Context.Service<
  Transaction,
  { readonly atomically: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> }
>()("@veza/domain/kernel/Transaction") {}
