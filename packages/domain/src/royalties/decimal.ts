/**
 * An exact decimal: `units` × 10^−`scale`. Stores state royalties in fractions of a cent far finer than any currency has;
 * they are kept and summed exactly and rounded once, when somebody is paid (05-decisions, "Royalties").
 */
export interface Decimal {
  readonly units: bigint
  readonly scale: number
}

export const zero: Decimal = { units: 0n, scale: 0 }

/** Most digits before and behind the point: far beyond any amount, and what every adapter keeps exactly. */
export const maxWholeDigits = 11
export const maxScale = 30

const powers: Array<bigint> = [1n]
const powerOfTen = (exponent: number): bigint => {
  for (let next = powers.length; next <= exponent; next++) powers.push((powers[next - 1] ?? 1n) * 10n)
  return powers[exponent] ?? 10n ** BigInt(exponent)
}

const plain = /^(-?)(\d+)(?:\.(\d+))?$/u

/** Reads `-12.345`, as `toText` writes it; undefined for anything else. */
export const parseDecimal = (text: string): Decimal | undefined => {
  const [, sign, whole, fraction = ""] = plain.exec(text) ?? []
  if (whole === undefined) return undefined
  const units = BigInt(whole + fraction)
  return { units: sign === "-" ? -units : units, scale: fraction.length }
}

/** Reads what this house wrote; anything else is a fault of ours. */
export const decimalOf = (text: string): Decimal => {
  const decimal = parseDecimal(text)
  if (decimal === undefined) throw new Error(`not a decimal: ${text.slice(0, 50)}`)
  return decimal
}

const unitsAt = ({ units, scale }: Decimal, wanted: number): bigint => units * powerOfTen(wanted - scale)

export const plus = (a: Decimal, b: Decimal): Decimal => {
  const scale = Math.max(a.scale, b.scale)
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale }
}

export const times = (a: Decimal, b: Decimal): Decimal => ({ units: a.units * b.units, scale: a.scale + b.scale })

export const sum = (parts: Iterable<Decimal>): Decimal => {
  let total = zero
  for (const part of parts) total = plus(total, part)
  return total
}

/** The part of an amount that `bps` basis points are, exactly. */
export const shareOf = (amount: Decimal, bps: number): Decimal => times(amount, { units: BigInt(bps), scale: 4 })

/** Negative, zero or positive, as `a` is less than, equal to or more than `b`. */
export const compare = (a: Decimal, b: Decimal): number => {
  const scale = Math.max(a.scale, b.scale)
  const difference = unitsAt(a, scale) - unitsAt(b, scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The canonical text: no exponent, no zeros at the end, no `-0`. Equal amounts have equal texts. */
export const toText = ({ units, scale }: Decimal): string => {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0")
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/u, "")
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`
}

/** The greatest whole number of units of 10^−`digits` that is not more than the amount. */
export const floorAt = ({ units, scale }: Decimal, digits: number): bigint => {
  if (scale <= digits) return unitsAt({ units, scale }, digits)
  const divisor = powerOfTen(scale - digits)
  const quotient = units / divisor
  return units % divisor < 0n ? quotient - 1n : quotient
}

/** The nearest whole number of units of 10^−`digits`; halves go away from zero, as `round(numeric)` of PostgreSQL does. */
export const roundAt = (amount: Decimal, digits: number): bigint => {
  const isNegative = amount.units < 0n
  const twice = { units: (isNegative ? -amount.units : amount.units) * 2n, scale: amount.scale }
  const rounded = (floorAt(twice, digits) + 1n) / 2n
  return isNegative ? -rounded : rounded
}
