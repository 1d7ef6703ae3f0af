import { compare, type Decimal, floorAt, plus, roundAt, sum, zero } from "./decimal.ts"

/**
 * Rounds exact amounts to whole units of 10^−`digits` so that they sum to their exact sum, rounded: each is rounded down,
 * and the units that are then missing go to those that lost most (largest remainder; ties go to the earlier one).
 * Refunds are negative amounts among the others. Nothing is lost or made, and no amount moves by a whole unit.
 */
export const allot = (amounts: ReadonlyArray<Decimal>, digits: number): ReadonlyArray<bigint> => {
  const parts = amounts.map((amount, index) => {
    const floor = floorAt(amount, digits)
    return { index, floor, rest: sum([amount, { units: -floor, scale: digits }]) }
  })
  const left = Number(roundAt(sum(amounts), digits) - parts.reduce((total, { floor }) => total + floor, 0n))
  const lucky = new Set(
    parts
      .toSorted((a, b) => compare(b.rest, a.rest) || a.index - b.index)
      .slice(0, left)
      .map(({ index }) => index)
  )
  return parts.map(({ index, floor }) => floor + (lucky.has(index) ? 1n : 0n))
}

/**
 * Rounds exact amounts one after the other, each so that all up to it sum to their exact sum, rounded. So do those from
 * any one to any other, but for a unit: whoever owns neighbours is paid what these come to, however small each is.
 */
export const roundInTurn = (amounts: ReadonlyArray<Decimal>, digits: number): ReadonlyArray<bigint> => {
  let exact = zero
  return amounts.map((amount) => {
    const before = roundAt(exact, digits)
    exact = plus(exact, amount)
    return roundAt(exact, digits) - before
  })
}
