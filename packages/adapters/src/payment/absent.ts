import { Effect, Layer, Result } from "effect"
import { PaymentProvider, PaymentProviderNotConfigured } from "@veza/domain/payments"

const absent = () => new PaymentProviderNotConfigured()

/** No provider is configured: whatever costs money says so, and no delivery is anybody's. */
export const paymentProviderAbsent = Layer.succeed(PaymentProvider, {
  isConfigured: false,
  create: () => Effect.fail(absent()),
  read: () => Effect.fail(absent()),
  cancel: () => Effect.fail(absent()),
  refund: () => Effect.fail(absent()),
  verify: () => Result.fail(absent())
})
