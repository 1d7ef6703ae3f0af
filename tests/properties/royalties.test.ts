import fc from "fast-check"
import { Effect } from "effect"
import {
  allot,
  checkStatement,
  compare,
  convert,
  csvCell,
  csvDecimal,
  decimalOf,
  EarningId,
  floorAt,
  type Group,
  ImportId,
  minorDigits,
  Period,
  parseDecimal,
  plus,
  roundAt,
  roundGroups,
  roundInTurn,
  settlementOf,
  shareOf,
  sum,
  times,
  toText,
  totalsOf
} from "@veza/domain/royalties"
import { TrackId } from "@veza/domain/tracks"
import { UserId } from "@veza/domain/kernel"
import { statementReader } from "@veza/adapters/statements"
import { describe, expect, it } from "vitest"

const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 20 }))
  .map(([units, scale]) => ({ units, scale }))
const shuffled = <A>(items: ReadonlyArray<A>) => fc.shuffledSubarray([...items], { minLength: items.length })
const uuid = fc.uuid()

const earningOf = (id: string, amount: string, amountMinor: bigint) => ({
  id: EarningId.make(id),
  importId: ImportId.make(id),
  period: Period.make("2026-03"),
  recording: "QZABC2600001",
  currency: "USD",
  amount,
  amountMinor,
  trackId: null,
  ownerId: null
})

describe("a decimal", () => {
  it("is written so that equal amounts have equal texts, and is read back", () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: 0, max: 5 }), (decimal, zeros) => {
        const text = toText(decimal)
        const same = { units: decimal.units * 10n ** BigInt(zeros), scale: decimal.scale + zeros }
        expect(toText(same)).toBe(text)
        expect(compare(decimalOf(text), decimal)).toBe(0)
        expect(text).toMatch(/^(?:0|-?(?:0\.\d*[1-9]|[1-9]\d*(?:\.\d*[1-9])?))$/u)
      })
    )
    expect(parseDecimal("1e3")).toBeUndefined()
    expect(parseDecimal(" 1")).toBeUndefined()
  })

  it("sums to the same in every order, and differs from none of its parts by rounding", () => {
    fc.assert(
      fc.property(
        fc.array(decimals, { maxLength: 30 }).chain((parts) => fc.tuple(fc.constant(parts), shuffled(parts))),
        ([parts, others]) => {
          expect(toText(sum(others))).toBe(toText(sum(parts)))
          expect(toText(sum([...parts, ...parts.map(({ units, scale }) => ({ units: -units, scale }))]))).toBe("0")
        }
      )
    )
  })

  it("rounds to the nearest unit, halves away from zero, and down to the one below", () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: 0, max: 3 }), (decimal, digits) => {
        const below = floorAt(decimal, digits)
        expect(compare({ units: below, scale: digits }, decimal)).toBeLessThanOrEqual(0)
        expect(compare({ units: below + 1n, scale: digits }, decimal)).toBe(1)
        const off = plus({ units: roundAt(decimal, digits), scale: digits }, { ...decimal, units: -decimal.units })
        const twice = times({ ...off, units: off.units < 0n ? -off.units : off.units }, { units: 2n, scale: 0 })
        expect(compare(twice, { units: 1n, scale: digits })).toBeLessThanOrEqual(0)
      })
    )
    expect([roundAt(decimalOf("0.005"), 2), roundAt(decimalOf("-0.005"), 2), roundAt(decimalOf("0.0049"), 2)]).toEqual([
      1n,
      -1n,
      0n
    ])
  })
})

describe("rounding many amounts at once", () => {
  it("keeps the rounded sum to the unit and moves no amount by a whole one", () => {
    fc.assert(
      fc.property(fc.array(decimals, { maxLength: 40 }), fc.constantFrom(0, 2, 3), (amounts, digits) => {
        const parts = allot(amounts, digits)
        expect(parts.reduce((total, part) => total + part, 0n)).toBe(roundAt(sum(amounts), digits))
        for (const [index, amount] of amounts.entries()) {
          const off = plus({ units: parts[index] ?? 0n, scale: digits }, { ...amount, units: -amount.units })
          expect(compare(off, { units: 1n, scale: digits })).toBe(-1)
          expect(compare(off, { units: -1n, scale: digits })).toBe(1)
        }
      })
    )
  })
})

describe("rounding amounts in turn", () => {
  it("keeps the rounded sum of all, and that of any neighbours but for a unit", () => {
    const run = fc
      .array(decimals, { maxLength: 30 })
      .chain((all) => fc.tuple(fc.constant(all), fc.nat({ max: all.length }), fc.nat({ max: all.length })))
    fc.assert(
      fc.property(run, fc.constantFrom(0, 2, 3), ([amounts, one, other], digits) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        const parts = roundInTurn(amounts, digits)
        const total = (some: ReadonlyArray<bigint>) => some.reduce((all, part) => all + part, 0n)
        expect(total(parts)).toBe(roundAt(sum(amounts), digits))
        const exact = sum(amounts.slice(from, to))
        const off = plus({ units: total(parts.slice(from, to)), scale: digits }, { ...exact, units: -exact.units })
        expect(
          compare({ ...off, units: off.units < 0n ? -off.units : off.units }, { units: 1n, scale: digits })
        ).not.toBe(1)
      })
    )
  })
})

describe("a settlement", () => {
  it("of many small earnings gives everybody what is theirs of the whole, but for a unit each", () => {
    const people = ["A", "B", "C"].map((name, position) => ({ name, position, userId: null }))
    const bps = fc
      .tuple(fc.integer({ min: 1, max: 9998 }), fc.integer({ min: 1, max: 9998 }))
      .filter(([a, b]) => a + b < 10_000)
      .map(([a, b]) => [a, b, 10_000 - a - b])
    const amount = fc.integer({ min: -40, max: 400 }).map((units) => ({ units: BigInt(units), scale: 4 }))
    fc.assert(
      fc.property(bps, fc.array(amount, { minLength: 1, maxLength: 200 }), uuid, (weights, amounts, id) => {
        const minor = roundInTurn(amounts, 2)
        const shares = people.map((person, index) => ({ ...person, shareBps: weights[index] ?? 0 }))
        const recording = { isrc: "QZABC2600001", trackId: TrackId.make(id), ownerId: UserId.make(id), shares }
        const owed = new Map()
        const paid = people.map(() => 0n)
        for (const [index, exact] of amounts.entries()) {
          const earning = earningOf(id, toText(exact), minor[index] ?? 0n)
          for (const split of settlementOf(earning, recording, owed).splits) {
            paid[split.position] = (paid[split.position] ?? 0n) + split.amountMinor
          }
        }
        expect(paid.reduce((all, one) => all + one, 0n)).toBe(roundAt(sum(amounts), 2))
        for (const { position, shareBps } of shares) {
          const off = Number(toText(shareOf(sum(amounts), shareBps))) * 100 - Number(paid[position])
          expect(Math.abs(off)).toBeLessThan(2)
        }
      })
    )
  })

  it("gives away every minor unit and none more, by whatever shares", () => {
    const shares = fc
      .array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 })
      .map((weights) => weights.map((shareBps, position) => ({ position, name: "N", userId: null, shareBps })))
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
        shares,
        uuid,
        uuid,
        uuid,
        (minor, parts, a, b, c) => {
          const earning = earningOf(a, "0", minor)
          const recording = { isrc: "QZABC2600001", trackId: TrackId.make(b), ownerId: UserId.make(c), shares: parts }
          const { splits } = settlementOf(earning, recording)
          expect(splits.reduce((total, { amountMinor }) => total + amountMinor, 0n)).toBe(minor)
          const alone = settlementOf(earning, { ...recording, shares: [] })
          expect(alone.splits).toEqual([expect.objectContaining({ userId: c, shareBps: 10_000, amountMinor: minor })])
        }
      )
    )
  })

  it("shows shares that sum to the whole, exactly", () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: 0, max: 10_000 }), (amount, bps) => {
        const both = plus(shareOf(amount, bps), shareOf(amount, 10_000 - bps))
        expect(toText(both)).toBe(toText(amount))
      })
    )
  })
})

describe("a summary", () => {
  const groups = fc.array(
    fc.record({
      key: fc.option(fc.string(), { nil: null }),
      currency: fc.constantFrom("USD", "EUR", "JPY", "KWD"),
      quantity: fc.integer({ min: -1000, max: 1000 }),
      amount: decimals.map(toText)
    })
  )
  it("rounds its groups so that they sum to the total of their currency", () => {
    fc.assert(
      fc.property(groups, (given: ReadonlyArray<Group>) => {
        const rounded = roundGroups(given)
        for (const { currency, amountMinor } of totalsOf(given)) {
          const alike = rounded.filter((group) => group.currency === currency)
          expect(alike.reduce((total, group) => total + group.amountMinor, 0n)).toBe(amountMinor)
        }
      })
    )
  })

  it("converts by the rate of each month and names what has none", () => {
    const rate = (period: string, currency: string, text: string) => ({
      period: Period.make(period),
      currency,
      target: "EUR",
      rate: text
    })
    const rates = [rate("2026-01", "USD", "0.9"), rate("2026-02", "USD", "0.91"), rate("2026-02", "GBP", "1.2")]
    const of = (period: string, currency: string, amount: string) => ({ period, currency, amount })
    const result = convert(
      [
        of("2026-01", "USD", "10.01"),
        of("2026-02", "USD", "10"),
        of("2026-02", "EUR", "-1"),
        of("2026-03", "USD", "5")
      ],
      "EUR",
      rates
    )
    expect(toText(result.amount)).toBe("17.109")
    expect(result.rates).toEqual(rates.slice(0, 2))
    expect(result.missing).toEqual([{ period: "2026-03", currency: "USD" }])
  })
})

describe("a file of random lines", () => {
  const line = fc.record({
    store: fc.constantFrom("Spotify", "iTunes", "Deezer"),
    country: fc.constantFrom("US", "DE", "JP"),
    month: fc.constantFrom("2025-11", "2025-12", "2026-01"),
    isrc: fc.constantFrom("QZABC2600001", "QZ-ABC-26-00002"),
    units: fc.integer({ min: -10, max: 1000 }),
    amount: fc.tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 12 }))
  })
  type Line = typeof line extends fc.Arbitrary<infer A> ? A : never
  const textOf = (lines: ReadonlyArray<Line>): string =>
    [
      "Sale Month\tStore\tTitle\tISRC\tQuantity\tCountry of Sale\tEarnings (USD)",
      ...lines.map(({ store, country, month, isrc, units, amount: [digits, scale] }) =>
        [month, store, "A “song”", isrc, units, country, toText({ units: BigInt(digits), scale })].join("\t")
      )
    ].join("\n")
  const check = (text: string) => {
    const bytes = Buffer.from(text)
    const source = {
      sizeBytes: bytes.length,
      chunks: async function* () {
        for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
      }
    }
    return Effect.runPromise(
      checkStatement(source, { bytesRead: 0, rowsRead: 0 }).pipe(Effect.provide(statementReader))
    )
  }

  it("comes to the same totals in every order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 30 }).chain((all) => fc.tuple(fc.constant(all), shuffled(all))),
        async ([lines, others]) => {
          const found = await check(textOf(lines))
          expect(found).toMatchObject({ refusal: undefined, rowsRead: lines.length, layout: "distrokid" })
          expect(await check(textOf(others))).toEqual(found)
          const exact = sum(lines.map(({ amount: [digits, scale] }) => ({ units: BigInt(digits), scale })))
          expect(found.totals.map(({ amount }) => amount)).toEqual([toText(exact)])
        }
      ),
      { numRuns: 30 }
    )
  })
})

describe("a cell of an export", () => {
  it("is read back as it was, but for an apostrophe before what a spreadsheet would calculate", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const cell = csvCell(text)
        const inside = cell.slice(1, -1).replaceAll('""', '"')
        expect(inside === text || inside === `'${text}`).toBe(true)
        expect(inside).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/u)
      })
    )
    expect(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "plain"].map((text) => csvCell(text))).toEqual([
      `"'=1+1"`,
      `"'+1"`,
      `"'-1"`,
      `"'@SUM(A1)"`,
      `"'\tx"`,
      `"'\rx"`,
      `"plain"`
    ])
    expect(csvDecimal("-0.5")).toBe("-0.5")
    expect(() => csvDecimal("=1")).toThrow()
  })
})

it("knows how many digits a currency has behind its point", () => {
  expect(["USD", "JPY", "KWD", "EUR", "CLP"].map(minorDigits)).toEqual([2, 0, 3, 2, 0])
})
