import { DateTime, Effect, Layer, Option } from "effect"
import { Mandates } from "@veza/domain/payments"
import { Store } from "./store.ts"
import { drop, get, put } from "./tables.ts"

export const mandatesMemory = Layer.effect(
  Mandates,
  Effect.map(Store, (store) =>
    Mandates.of({
      remember: (mandate) =>
        store.change((tables) => {
          const owner = get(tables, "users", mandate.userId)
          const known = get(tables, "mandates", mandate.userId)
          const isLater = known === undefined || DateTime.isGreaterThan(mandate.agreedAt, known.agreedAt)
          return owner !== undefined && owner.deletedAt === undefined && isLater
            ? [true, put(tables, "mandates", mandate.userId, mandate)]
            : [false, tables]
        }),
      of: (userId) => store.read((tables) => Option.fromNullishOr(get(tables, "mandates", userId))),
      forget: (userId) => store.change((tables) => [undefined, drop(tables, "mandates", userId)])
    })
  )
)
