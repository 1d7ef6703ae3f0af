import { Effect, Option } from "effect"
import { requirePermission, type SignedIn } from "../kernel/index.ts"
import { minorDigits } from "./currency.ts"
import { type Decimal, decimalOf, plus, shareOf, toText } from "./decimal.ts"
import { RoyaltyNotFound } from "./errors.ts"
import { RoyaltyLedger, RoyaltyRates } from "./ports.ts"
import { findRoyalty } from "./read-royalties.ts"
import type { Earning, RoyaltyId, Split } from "./royalty.ts"

/** What rounding did to an exact amount: how much more, or less, is paid than was earned. */
export const roundingOf = (exact: Decimal, amountMinor: bigint, currency: string): string =>
  toText(plus({ units: amountMinor, scale: minorDigits(currency) }, { ...exact, units: -exact.units }))

/** One share of an earning, exactly and as it is paid. */
export const explainSplit = (earning: Earning, split: Split) => {
  const exact = shareOf(decimalOf(earning.amount), split.shareBps)
  return { ...split, amount: toText(exact), rounding: roundingOf(exact, split.amountMinor, earning.currency) }
}

/**
 * Where an amount comes from: its lines, in pages; the earning it is part of, with what rounding did to it; and how that
 * is split. Who is shown only a share is shown nobody else's.
 */
export const explainRoyalty = Effect.fn("royalties.explain")(function* (
  actor: SignedIn,
  id: RoyaltyId,
  page: { readonly after: number | undefined; readonly limit: number },
  target: string | undefined
) {
  const ledger = yield* RoyaltyLedger
  const { view, royalty } = yield* findRoyalty(actor, id)
  const found = yield* ledger.lines(royalty, page.after, page.limit + 1)
  const earning = Option.getOrUndefined(yield* ledger.earning(royalty.earningId))
  if (earning === undefined) return yield* new RoyaltyNotFound()
  const splits = yield* ledger.splits(earning.id)
  const seen = view.of === "shares" ? splits.filter(({ userId }) => userId === actor.userId) : splits
  const rates =
    target === undefined || target === royalty.currency
      ? []
      : yield* (yield* RoyaltyRates).into(target, royalty.period, royalty.period)
  return {
    view: view.of,
    royalty,
    lines: found.slice(0, page.limit),
    hasNext: found.length > page.limit,
    earning,
    rounding: roundingOf(decimalOf(earning.amount), earning.amountMinor, earning.currency),
    splits: seen.map((split) => explainSplit(earning, split)),
    rate: rates.find(({ currency }) => currency === royalty.currency)
  }
})

/** The queue of recordings that statements name and nobody here has. */
export const unmatchedRecordings = Effect.fnUntraced(function* (
  actor: SignedIn,
  after: string | undefined,
  limit: number
) {
  yield* requirePermission(actor, "royalties.administrate")
  const found = yield* (yield* RoyaltyLedger).queue(after, limit + 1)
  return { list: found.slice(0, limit), hasNext: found.length > limit }
})
