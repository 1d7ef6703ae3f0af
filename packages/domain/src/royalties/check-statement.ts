import { DateTime, Effect, Stream } from "effect"
import { type StatementSource, StatementReader, type StatementTable } from "./ports.ts"
import { type Decimal, plus, toText, zero } from "./decimal.ts"
import { Period } from "./period.ts"
import { lineReader, type RawRow, type StatementFault, type StatementLine } from "./read-line.ts"
import { maxFaults, maxLines, type Refusal } from "./statement.ts"

/** How far the reading has come; changed in place, looked at by whoever tells of it. */
export interface Progress {
  bytesRead: number
  rowsRead: number
}

export interface Reading {
  readonly layout: string
  readonly rowsRead: number
  readonly faultCount: number
  /** The first of them. */
  readonly faults: ReadonlyArray<StatementFault>
}

export const thisMonth = Effect.map(DateTime.now, (now) => Period.make(DateTime.formatIso(now).slice(0, 7)))

/** Why a file that was read is refused; undefined when it is not. */
export const refusalOf = ({ rowsRead, faultCount }: Reading): Refusal | undefined =>
  faultCount > 0 ? "LINES_FAULTY" : rowsRead === 0 ? "NO_LINES" : rowsRead > maxLines ? "TOO_MANY_LINES" : undefined

class Faults {
  count = 0
  readonly first: Array<StatementFault> = []
  add(faults: ReadonlyArray<StatementFault>): void {
    this.count += faults.length
    if (this.first.length < maxFaults) this.first.push(...faults.slice(0, maxFaults - this.first.length))
  }
}

const readRows = (
  rows: ReadonlyArray<RawRow>,
  read: ReturnType<typeof lineReader>,
  faults: Faults
): ReadonlyArray<StatementLine> => {
  const lines: Array<StatementLine> = []
  for (const row of rows) {
    const result = read(row)
    if ("line" in result) lines.push(result)
    else faults.add(result)
  }
  return lines
}

/**
 * Reads a table to its end and hands on its lines, some thousands at a time, with the number of faults found so far:
 * behind a fault there are only others to be found.
 */
export const readLines = Effect.fnUntraced(function* <E, R>(
  { table, chunks }: StatementTable,
  progress: Progress,
  take: (lines: ReadonlyArray<StatementLine>, faultCount: number) => Effect.Effect<void, E, R>
) {
  progress.rowsRead = 0
  const read = lineReader(table, yield* thisMonth)
  const faults = new Faults()
  const takeRows = ({ rows, bytesRead }: { readonly rows: ReadonlyArray<RawRow>; readonly bytesRead: number }) => {
    const lines = readRows(rows, read, faults)
    progress.bytesRead = bytesRead
    progress.rowsRead += rows.length
    return rows.length > 0 ? take(lines, faults.count) : Effect.void
  }
  // A file that stops being CSV is read no further.
  const whole = chunks.pipe(
    Stream.catch((fault: StatementFault) => {
      faults.add([fault])
      return Stream.empty
    })
  )
  yield* Stream.runForEach(whole, takeRows)
  return {
    layout: table.layout.name,
    rowsRead: progress.rowsRead,
    faultCount: faults.count,
    faults: faults.first
  } satisfies Reading
})

/** What an import would say of a file. */
export interface Check extends Reading {
  readonly refusal: Refusal | undefined
  readonly totals: ReadonlyArray<{ readonly currency: string; readonly amount: string; readonly quantity: number }>
  readonly periods: ReadonlyArray<Period>
}

/** Reads a statement and keeps nothing: what `--dry-run` shows. */
export const checkStatement = Effect.fn("royalties.checkStatement")(function* (
  source: StatementSource,
  progress: Progress
) {
  const table = yield* (yield* StatementReader).read(source)
  const totals = new Map<string, { amount: Decimal; quantity: number }>()
  const periods = new Set<Period>()
  const reading = yield* readLines(table, progress, (lines) =>
    Effect.sync(() => {
      for (const { currency, amount, quantity, period } of lines) {
        const total = totals.get(currency) ?? { amount: zero, quantity: 0 }
        totals.set(currency, { amount: plus(total.amount, amount), quantity: total.quantity + quantity })
        periods.add(period)
      }
    })
  )
  const refusal = refusalOf(reading)
  if (refusal !== undefined) return { ...reading, refusal, totals: [], periods: [] } satisfies Check
  return {
    ...reading,
    refusal,
    totals: [...totals]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, { amount, quantity }]) => ({ currency, amount: toText(amount), quantity })),
    periods: [...periods].toSorted()
  } satisfies Check
})
