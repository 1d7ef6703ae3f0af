import { Effect, Layer } from "effect"
import { disputeMachine, Disputes } from "@veza/domain/payments"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"

export const disputesMemory = Layer.effect(
  Disputes,
  Effect.map(Store, (store) =>
    Disputes.of({
      record: (dispute) =>
        store.change((tables): readonly ["opened" | "changed" | "unchanged", Tables] => {
          const known = get(tables, "disputes", dispute.id)
          if (known === undefined) return ["opened", put(tables, "disputes", dispute.id, dispute)]
          if (!disputeMachine.allows(known.status, dispute.status)) return ["unchanged", tables]
          const { status } = dispute
          const changed = { ...known, status, reason: dispute.reason ?? known.reason }
          return ["changed", put(tables, "disputes", dispute.id, changed)]
        }),
      ofPayment: (paymentId) =>
        store.read((tables) =>
          all(tables, "disputes")
            .filter((dispute) => dispute.paymentId === paymentId)
            .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        )
    })
  )
)
