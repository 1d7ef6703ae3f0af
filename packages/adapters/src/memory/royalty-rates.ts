import { Effect, Layer } from "effect"
import { RoyaltyRates } from "@veza/domain/royalties"
import { Store } from "./store.ts"
import { all, keyOf, put } from "./tables.ts"

export const royaltyRatesMemory = Layer.effect(
  RoyaltyRates,
  Effect.map(Store, (store) =>
    RoyaltyRates.of({
      state: (rates) =>
        store.change((tables) => [
          undefined,
          rates.reduce(
            (left, rate) => put(left, "royaltyRates", keyOf(rate.target, rate.currency, rate.period), rate),
            tables
          )
        ]),
      into: (target, from, to) =>
        store.read((tables) =>
          all(tables, "royaltyRates")
            .filter(
              (rate) =>
                rate.target === target &&
                (from === undefined || rate.period >= from) &&
                (to === undefined || rate.period <= to)
            )
            .toSorted((a, b) => (a.period + a.currency < b.period + b.currency ? -1 : 1))
        )
    })
  )
)
