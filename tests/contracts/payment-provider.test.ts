import { Duration, Effect, Layer, Option } from "effect"
import { idsCrypto } from "@veza/adapters/crypto"
import { PayersInMemory, paymentProviderMemory } from "@veza/adapters/memory"
import { hyperswitch } from "@veza/adapters/payment"
import { PaymentProvider } from "@veza/domain/payments"
import { startSandbox } from "../support/payments.ts"
import { Payers, paymentProviderContract } from "./payment-provider.contract.ts"

const memoryPayers = Layer.effect(
  Payers,
  Effect.gen(function* () {
    const payers = yield* PayersInMemory
    const { read } = yield* PaymentProvider
    return Payers.of({
      pay: (id) => payers.pay(id),
      decline: (id) => payers.decline(id),
      payOnce: Effect.fnUntraced(function* (id) {
        const told = yield* payers.pay(id)
        const mandate = Option.getOrUndefined(yield* Effect.orDie(read(id)))?.mandate
        if (mandate !== undefined) yield* payers.breakMandate(mandate)
        return told
      })
    })
  })
)

const overHttp = Layer.unwrap(
  Effect.gen(function* () {
    const { url, settings, control, receiver } = yield* Effect.acquireRelease(Effect.promise(startSandbox), (server) =>
      Effect.promise(server.stop)
    )
    const ending = (choice: "works" | "declined" | "later_declined", type: string) => (id: string) =>
      Effect.promise(async () => {
        await control.pay(id, choice)
        return receiver.delivery(`"${id}"`, `"${type}"`)
      })
    const { apiKey, webhookSecret } = settings
    return Layer.merge(
      hyperswitch({ url, apiKey, webhookSecret, patience: Duration.seconds(30) }),
      Layer.succeed(Payers, {
        pay: ending("works", "payment_succeeded"),
        decline: ending("declined", "payment_failed"),
        payOnce: ending("later_declined", "payment_succeeded")
      })
    )
  })
)

paymentProviderContract(
  "memory",
  memoryPayers.pipe(Layer.provideMerge(paymentProviderMemory), Layer.provideMerge(idsCrypto))
)
paymentProviderContract("Hyperswitch, before the sandbox", Layer.merge(overHttp, idsCrypto))
