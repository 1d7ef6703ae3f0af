import { Effect } from "effect"
import type { SignedIn } from "../kernel/index.ts"
import { allot } from "./allot.ts"
import { minorDigits } from "./currency.ts"
import { decimalOf, roundAt, sum, toText } from "./decimal.ts"
import { RoyaltyLedger, RoyaltyRates } from "./ports.ts"
import { convert } from "./rates.ts"
import { type ViewName, viewOf } from "./read-royalties.ts"
import type { Dimension, Group, RoyaltyFilter } from "./royalty.ts"

/** Groups that a summary shows; how much everything comes to is told whatever their number. */
export const maxGroups = 1000

export interface ShownGroup extends Group {
  readonly amountMinor: bigint
}

/** Rounds the groups of each currency so that they sum to the currency's total, rounded. */
export const roundGroups = (groups: ReadonlyArray<Group>): ReadonlyArray<ShownGroup> => {
  const minor = new Map<Group, bigint>()
  for (const currency of new Set(groups.map((group) => group.currency))) {
    const alike = groups.filter((group) => group.currency === currency)
    const parts = allot(
      alike.map(({ amount }) => decimalOf(amount)),
      minorDigits(currency)
    )
    for (const [index, group] of alike.entries()) minor.set(group, parts[index] ?? 0n)
  }
  return groups.map((group) => ({ ...group, amountMinor: minor.get(group) ?? 0n }))
}

/** What each currency comes to, over all groups. */
export const totalsOf = (groups: ReadonlyArray<Group>) =>
  [...new Set(groups.map(({ currency }) => currency))].toSorted().map((currency) => {
    const alike = groups.filter((group) => group.currency === currency)
    const exact = sum(alike.map(({ amount }) => decimalOf(amount)))
    return {
      currency,
      quantity: alike.reduce((total, { quantity }) => total + quantity, 0),
      amount: toText(exact),
      amountMinor: roundAt(exact, minorDigits(currency))
    }
  })

const converted = Effect.fnUntraced(function* (months: ReadonlyArray<Group>, target: string, filter: RoyaltyFilter) {
  const from = filter.period ?? filter.from
  const to = filter.period ?? filter.to
  const rates = yield* (yield* RoyaltyRates).into(target, from, to)
  const amounts = months.map(({ key, currency, amount }) => ({ period: key ?? "", currency, amount }))
  const { amount, rates: used, missing } = convert(amounts, target, rates)
  return {
    currency: target,
    amount: toText(amount),
    amountMinor: roundAt(amount, minorDigits(target)),
    rates: used,
    missing
  }
})

/** What everything in a view comes to, by one dimension, in the currencies it came in and, if asked, in another. */
export const summariseRoyalties = Effect.fn("royalties.summarise")(function* (
  actor: SignedIn,
  asked: ViewName | undefined,
  filter: RoyaltyFilter,
  dimension: Dimension,
  target: string | undefined
) {
  const view = yield* viewOf(actor, asked)
  const ledger = yield* RoyaltyLedger
  const months = yield* ledger.groups(view, filter, "period", Number.MAX_SAFE_INTEGER)
  const groups = dimension === "period" ? months : yield* ledger.groups(view, filter, dimension, maxGroups + 1)
  const shown = groups.length > maxGroups ? groups.slice(0, maxGroups) : groups
  const isPayable = filter.platform === undefined && filter.territory === undefined
  return {
    view: view.of,
    totals: totalsOf(months),
    groups: roundGroups(shown),
    isTruncated: shown.length < groups.length,
    payable: isPayable ? yield* ledger.payable(view, filter) : undefined,
    converted: target === undefined ? undefined : yield* converted(months, target, filter)
  }
})
