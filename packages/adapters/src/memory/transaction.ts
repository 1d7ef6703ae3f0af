import { Effect, Layer } from "effect"
import { Transaction } from "@veza/domain/kernel"
import { Store } from "./store.ts"

export const transactionMemory = Layer.effect(
  Transaction,
  Effect.map(Store, ({ atomically }) => Transaction.of({ atomically }))
)
