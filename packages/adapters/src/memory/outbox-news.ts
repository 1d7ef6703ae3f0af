import { Context, Latch, Layer } from "effect"

/** Opened when something was appended to the outbox, closed by the relay that goes to look. */
export class OutboxNews extends Context.Service<OutboxNews, Latch.Latch>()("@veza/adapters/memory/OutboxNews") {
  static readonly layer = Layer.effect(OutboxNews, Latch.make(false))
}
