import { DateTime, Effect, Schema } from "effect"
import { contextOf, Outbox, requirePermission, type SignedIn, Transaction } from "../kernel/index.ts"
import { KnownCurrency } from "./currency.ts"
import { compare, decimalOf, type Decimal, plus, times, toText, zero } from "./decimal.ts"
import { ratesStated } from "./events.ts"
import { Period } from "./period.ts"
import { RoyaltyRates } from "./ports.ts"
import type { Rate } from "./royalty.ts"

/** A rate as it is stated: more than zero, at most 12 digits before and 18 behind the point. */
export const RateText = Schema.String.check(
  Schema.isPattern(/^\d{1,12}(?:\.\d{1,18})?$/u, { expected: "a decimal number like 0.9213" }),
  Schema.makeFilter((text: string) => /[1-9]/u.test(text), { expected: "a number more than zero" })
)

export const StatedRate = Schema.Struct({ period: Period, currency: KnownCurrency, rate: RateText })
export type StatedRate = typeof StatedRate.Type

const state = Effect.fnUntraced(function* (actor: SignedIn, target: string, rates: ReadonlyArray<Rate>) {
  yield* (yield* RoyaltyRates).state(rates, actor.userId, yield* DateTime.now)
  yield* (yield* Outbox).append([ratesStated(target, rates.length, contextOf(actor))])
})

/**
 * States what currencies are worth in another, month by month. Amounts stay in the currency they came in; rates change
 * only what summaries convert. Of a month and currency given twice the later one counts; the target itself is left out.
 */
export const stateRates = Effect.fn("royalties.stateRates")(function* (
  actor: SignedIn,
  target: string,
  stated: ReadonlyArray<StatedRate>
) {
  yield* requirePermission(actor, "royalties.administrate")
  const latest = new Map(stated.map((rate) => [`${rate.period} ${rate.currency}`, rate]))
  const rates = [...latest.values()]
    .filter(({ currency }) => currency !== target)
    .map(({ period, currency, rate }): Rate => ({ period, currency, target, rate: toText(decimalOf(rate)) }))
  if (rates.length > 0) yield* (yield* Transaction).atomically(state(actor, target, rates))
  return rates
})

/** An amount that is to be converted, with the month whose rate counts. */
export interface Convertible {
  readonly period: string
  readonly currency: string
  readonly amount: string
}

export interface Conversion {
  /** Exact, of everything a rate is stated for. */
  readonly amount: Decimal
  readonly rates: ReadonlyArray<Rate>
  /** What could not be converted. */
  readonly missing: ReadonlyArray<{ readonly period: string; readonly currency: string }>
}

/** Converts amounts, each by the rate of its month, and sums them exactly; nothing is rounded here. */
export const convert = (
  amounts: ReadonlyArray<Convertible>,
  target: string,
  rates: ReadonlyArray<Rate>
): Conversion => {
  const known = new Map(rates.map((rate) => [`${rate.period} ${rate.currency}`, rate]))
  const used = new Set<Rate>()
  const missing: Array<{ readonly period: string; readonly currency: string }> = []
  let total = zero
  for (const { period, currency, amount } of amounts) {
    const exact = decimalOf(amount)
    if (currency === target) {
      total = plus(total, exact)
      continue
    }
    const rate = known.get(`${period} ${currency}`)
    if (rate !== undefined) {
      total = plus(total, times(exact, decimalOf(rate.rate)))
      used.add(rate)
    } else if (compare(exact, zero) !== 0) missing.push({ period, currency })
  }
  return { amount: total, rates: [...used], missing }
}
