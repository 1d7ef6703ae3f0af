import { DateTime, Effect, Layer } from "effect"
import { PaymentDeliveries } from "@veza/domain/payments"
import { Store } from "./store.ts"
import { all, dropWhere, get, put } from "./tables.ts"

export const paymentDeliveriesMemory = Layer.effect(
  PaymentDeliveries,
  Effect.map(Store, (store) =>
    PaymentDeliveries.of({
      record: (delivery) =>
        store.change((tables) => [
          undefined,
          put(tables, "paymentWebhooks", delivery.id, { ...delivery, attempts: 0 })
        ]),
      // Transactions are serial here: nobody else can have it.
      take: (id) =>
        store.read((tables) => {
          const row = get(tables, "paymentWebhooks", id)
          return row?.retryAt === undefined ? undefined : row
        }),
      finish: (id, { result, retryAt }) =>
        store.change((tables) => {
          const row = get(tables, "paymentWebhooks", id)
          return [
            undefined,
            row === undefined
              ? tables
              : put(tables, "paymentWebhooks", id, { ...row, result, retryAt, attempts: row.attempts + 1 })
          ]
        }),
      claim: (eventId, at) =>
        store.change((tables) =>
          get(tables, "paymentEvents", eventId) === undefined
            ? [true, put(tables, "paymentEvents", eventId, at)]
            : [false, tables]
        ),
      due: (now, limit) =>
        store.read((tables) =>
          all(tables, "paymentWebhooks")
            .flatMap(({ id, retryAt }) =>
              retryAt === undefined || DateTime.isGreaterThan(retryAt, now)
                ? []
                : [{ id, at: DateTime.toEpochMillis(retryAt) }]
            )
            .toSorted((a, b) => a.at - b.at)
            .slice(0, limit)
            .map(({ id }) => id)
        ),
      forget: (before) =>
        store.change((tables) => {
          const [count, left] = dropWhere(tables, "paymentWebhooks", ({ receivedAt }) =>
            DateTime.isLessThan(receivedAt, before)
          )
          return [count, dropWhere(left, "paymentEvents", (at) => DateTime.isLessThan(at, before))[1]]
        })
    })
  )
)
