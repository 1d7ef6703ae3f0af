import { Schema } from "effect"

/** ISO 4217 alphabetic code. */
export const Currency = Schema.String.check(Schema.isPattern(/^[A-Z]{3}$/u)).pipe(Schema.brand("Currency"))
export type Currency = typeof Currency.Type

/** An amount in integer minor units (cents for USD); negative amounts are credits. */
export const Money = Schema.Struct({ amount_minor: Schema.Int, currency: Currency })
export type Money = typeof Money.Type

/** Adds amounts of one currency; `undefined` when the currencies differ or the sum leaves the exact integer range. */
export const add = (a: Money, b: Money): Money | undefined => {
  const amount_minor = a.amount_minor + b.amount_minor
  return a.currency === b.currency && Number.isSafeInteger(amount_minor)
    ? { amount_minor, currency: a.currency }
    : undefined
}

/**
 * Splits `total` minor units by whole-number weights so that the parts sum to `total` exactly (largest remainder;
 * ties go to the earlier part). Weights are ≥ 0 and not all zero, otherwise the answer is `undefined`.
 */
export const split = (total: number, weights: ReadonlyArray<number>): ReadonlyArray<number> | undefined => {
  if (!Number.isSafeInteger(total) || weights.some((w) => !Number.isSafeInteger(w) || w < 0)) return undefined
  const sum = weights.reduce((a, b) => a + BigInt(b), 0n)
  if (sum === 0n) return undefined
  const sign = total < 0 ? -1 : 1
  const whole = BigInt(Math.abs(total))
  const parts = weights.map((weight, index) => {
    const product = whole * BigInt(weight)
    return { index, share: product / sum, rest: product % sum }
  })
  const left = Number(whole - parts.reduce((a, part) => a + part.share, 0n))
  const lucky = new Set(
    parts
      .toSorted((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1))
      .slice(0, left)
      .map((part) => part.index)
  )
  return parts.map((part) => sign * (Number(part.share) + (lucky.has(part.index) ? 1 : 0)) || 0)
}
