import { randomUUID } from "node:crypto"
import { DateTime, Effect, Layer, Option } from "effect"
import { Changes } from "@veza/domain/kernel"
import {
  type ClaimedImport,
  decimalOf,
  type Earning,
  EarningId,
  type ImportId,
  importsTopic,
  type ImportStatus,
  minorDigits,
  type Royalty,
  RoyaltyId,
  type RoyaltyImport,
  RoyaltyImports,
  roundInTurn,
  type StatementLine,
  sum,
  toText,
  upcMark
} from "@veza/domain/royalties"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, keyOf, put } from "./tables.ts"

const isOpen = ({ status }: { readonly status: ImportStatus }): boolean =>
  status === "pending" || status === "processing"
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const groupBy = <A>(items: ReadonlyArray<A>, key: (item: A) => string): ReadonlyArray<readonly [string, Array<A>]> => {
  const groups = new Map<string, Array<A>>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return [...groups]
}

const amountOf = (lines: ReadonlyArray<StatementLine>): string => toText(sum(lines.map(({ amount }) => amount)))
const earningKey = ({
  recording,
  period,
  currency
}: Pick<StatementLine, "recording" | "period" | "currency">): string => keyOf(currency, recording, period)

/** The earnings of an import, rounded in the order of their owners. */
const earningsOf = (
  tables: Tables,
  importId: ImportId,
  lines: ReadonlyArray<StatementLine>
): ReadonlyArray<Earning> => {
  const owners = new Map(all(tables, "recordings").map(({ isrc, ownerId }) => [isrc, ownerId]))
  // Recordings without an owner come last.
  const turnOf = (line: StatementLine) => keyOf(owners.get(line.recording) ?? "~", line.recording, line.period)
  const exact = groupBy(lines, earningKey)
    .flatMap(([, group]) => {
      const [first] = group
      return first === undefined ? [] : [{ first, amount: amountOf(group) }]
    })
    .toSorted((a, b) => byText(turnOf(a.first), turnOf(b.first)))
  return groupBy(exact, ({ first }) => first.currency).flatMap(([currency, group]) => {
    const minor = roundInTurn(
      group.map(({ amount }) => decimalOf(amount)),
      minorDigits(currency)
    )
    return group.map(({ first, amount }, index): Earning => ({
      id: EarningId.make(randomUUID()),
      importId,
      period: first.period,
      recording: first.recording,
      currency,
      amount,
      amountMinor: minor[index] ?? 0n,
      trackId: null,
      ownerId: null
    }))
  })
}

type RoyaltyRow = Rows["royalties"]
const royaltiesOf = (
  importId: ImportId,
  lines: ReadonlyArray<StatementLine>,
  earnings: ReadonlyArray<Earning>
): ReadonlyArray<RoyaltyRow> => {
  const earningIds = new Map(earnings.map((earning) => [earningKey(earning), earning.id]))
  return groupBy(lines, (line) => keyOf(earningKey(line), line.platform, line.territory)).flatMap(([, group]) => {
    const [first] = group
    const earningId = first === undefined ? undefined : earningIds.get(earningKey(first))
    if (first === undefined || earningId === undefined) return []
    const row: Omit<Royalty, "reportedIn" | "trackId" | "shareBps"> = {
      id: RoyaltyId.make(randomUUID()),
      importId,
      earningId,
      period: first.period,
      platform: first.platform,
      territory: first.territory,
      recording: first.recording,
      title: group.map(({ title }) => title).toSorted(byText)[0] ?? "",
      quantity: group.reduce((total, { quantity }) => total + quantity, 0),
      lineCount: group.length,
      currency: first.currency,
      amount: amountOf(group)
    }
    return [row]
  })
}

const putAll = <T extends "royalties" | "royaltyEarnings">(
  tables: Tables,
  table: T,
  rows: ReadonlyArray<Rows[T] & { readonly id: string }>
): Tables => rows.reduce((left, row) => put<T>(left, table, row.id, row), tables)

export const royaltyImportsMemory = Layer.effect(
  RoyaltyImports,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    const announced = changes.announce(importsTopic, undefined)
    const linesOf = (tables: Tables, id: ImportId) =>
      all(tables, "royaltyLines")
        .filter(({ importId }) => importId === id)
        .map(({ line }) => line)
    const ours = (tables: Tables, claimed: ClaimedImport) => {
      const row = get(tables, "royaltyImports", claimed.id)
      return row?.entry.status === "processing" && row.entry.attempts === claimed.attempts ? row : undefined
    }
    const change = (claimed: ClaimedImport, fields: Partial<RoyaltyImport>, heldUntil?: DateTime.Utc) =>
      store.change((tables): readonly [boolean, Tables] => {
        const row = ours(tables, claimed)
        if (row === undefined) return [false, tables]
        return [true, put(tables, "royaltyImports", claimed.id, { entry: { ...row.entry, ...fields }, heldUntil })]
      })

    return RoyaltyImports.of({
      add: Effect.fnUntraced(function* (entry) {
        const earlier = yield* store.change((tables): readonly [ImportId | undefined, Tables] => {
          const found = all(tables, "royaltyImports").find(
            ({ entry: other }) => other.sha256 === entry.sha256 && (isOpen(other) || other.status === "imported")
          )
          if (found !== undefined) return [found.entry.id, tables]
          const added: RoyaltyImport = {
            ...entry,
            status: "pending",
            attempts: 0,
            bytesRead: 0,
            rowsRead: 0,
            layout: null,
            period: null,
            refusal: null,
            faultCount: 0,
            faults: [],
            finishedAt: null
          }
          return [undefined, put(tables, "royaltyImports", entry.id, { entry: added, heldUntil: undefined })]
        })
        if (earlier === undefined) yield* announced
        return Option.fromNullishOr(earlier)
      }),
      byId: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "royaltyImports", id)?.entry)),
      totals: (id) =>
        store.read((tables) =>
          groupBy(
            all(tables, "royaltyEarnings").filter(({ importId }) => importId === id),
            ({ currency }) => currency
          )
            .toSorted(([a], [b]) => byText(a, b))
            .map(([currency, earnings]) => ({
              currency,
              amount: toText(sum(earnings.map(({ amount }) => decimalOf(amount)))),
              amountMinor: earnings.reduce((total, { amountMinor }) => total + amountMinor, 0n)
            }))
        ),
      unmatched: (id) =>
        store.read((tables) => {
          const waiting = all(tables, "royaltyEarnings").filter(
            ({ importId, trackId }) => importId === id && trackId === null
          )
          const names = [...new Set(waiting.map(({ recording }) => recording))]
          const upcs = names.filter((name) => name.startsWith(upcMark)).length
          return { isrcs: names.length - upcs, upcs }
        }),
      claim: (only, at, until) =>
        store.change((tables): readonly [Option.Option<ClaimedImport>, Tables] => {
          const [row] = all(tables, "royaltyImports")
            .filter(
              ({ entry, heldUntil }) =>
                isOpen(entry) &&
                (only === undefined || entry.id === only) &&
                (heldUntil === undefined || DateTime.isLessThanOrEqualTo(heldUntil, at))
            )
            .toSorted(
              (a, b) =>
                DateTime.toEpochMillis(a.entry.requestedAt) - DateTime.toEpochMillis(b.entry.requestedAt) ||
                byText(a.entry.id, b.entry.id)
            )
          if (row === undefined) return [Option.none(), tables]
          const { id, sizeBytes } = row.entry
          const attempts = row.entry.attempts + 1
          const entry: RoyaltyImport = { ...row.entry, status: "processing", attempts, bytesRead: 0, rowsRead: 0 }
          return [
            Option.some({ id, attempts, sizeBytes }),
            put(tables, "royaltyImports", id, { entry, heldUntil: until })
          ]
        }),
      hold: (claimed, until, progress) => change(claimed, progress, until),
      release: (claimed) => Effect.andThen(change(claimed, {}), announced),
      write: (id, lines) =>
        store.change((tables) => [
          undefined,
          lines.reduce(
            (left, line) => put(left, "royaltyLines", keyOf(id, String(line.line)), { importId: id, line }),
            tables
          )
        ]),
      finish: Effect.fnUntraced(function* (claimed, { layout, rowsRead, at }) {
        return yield* store.change((tables): readonly [boolean, Tables] => {
          const row = ours(tables, claimed)
          if (row === undefined) return [false, tables]
          const lines = linesOf(tables, claimed.id)
          const earnings = earningsOf(tables, claimed.id, lines)
          const summed = putAll(
            putAll(tables, "royaltyEarnings", earnings),
            "royalties",
            royaltiesOf(claimed.id, lines, earnings)
          )
          const period =
            lines
              .map((line) => line.period)
              .toSorted(byText)
              .at(-1) ?? null
          const entry: RoyaltyImport = {
            ...row.entry,
            status: "imported",
            bytesRead: row.entry.sizeBytes,
            rowsRead,
            layout,
            period,
            finishedAt: at
          }
          return [true, put(summed, "royaltyImports", claimed.id, { entry, heldUntil: undefined })]
        })
      }),
      refuse: (claimed, { at, ...why }) => change(claimed, { ...why, status: "refused", finishedAt: at }),
      fail: (claimed, at) => change(claimed, { status: "failed", finishedAt: at }),
      waiting: (ids) =>
        store.read(
          (tables) =>
            new Set(
              ids.filter((id) => {
                const row = get(tables, "royaltyImports", id)
                return row !== undefined && isOpen(row.entry)
              })
            )
        )
    })
  })
)
