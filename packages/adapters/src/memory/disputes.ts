import { DateTime, Effect, Layer } from "effect"
import { disputeBefore, Disputes } from "@veza/domain/payments"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"

export const disputesMemory = Layer.effect(
  Disputes,
  Effect.map(Store, (store) =>
    Disputes.of({
      record: (dispute, at) =>
        store.change((tables): readonly ["opened" | "changed" | "unchanged", Tables] => {
          const known = get(tables, "disputes", dispute.id)
          if (known === undefined)
            return ["opened", put(tables, "disputes", dispute.id, { ...dispute, openedAt: at, updatedAt: at })]
          const { stage, status } = dispute
          const before = disputeBefore(dispute)
          const isSame = known.stage === stage
          if (!before.stages.includes(known.stage) && !(isSame && before.statuses.includes(known.status))) {
            return ["unchanged", tables]
          }
          const challengeUntil = dispute.challengeUntil ?? (isSame ? known.challengeUntil : undefined)
          const reason = dispute.reason ?? known.reason
          const changed = { ...known, stage, status, reason, challengeUntil, updatedAt: at }
          return ["changed", put(tables, "disputes", dispute.id, changed)]
        }),
      ofPayment: (paymentId) =>
        store.read((tables) =>
          all(tables, "disputes")
            .filter((dispute) => dispute.paymentId === paymentId)
            .toSorted((a, b) => (a.id < b.id ? -1 : 1))
            .map(({ openedAt: _opened, updatedAt: _updated, ...dispute }) => dispute)
        ),
      latest: (statuses, limit) =>
        store.read((tables) =>
          all(tables, "disputes")
            .filter(({ status }) => statuses.includes(status))
            .toSorted((a, b) => DateTime.Order(b.openedAt, a.openedAt) || (a.id < b.id ? -1 : 1))
            .slice(0, limit)
        )
    })
  )
)
