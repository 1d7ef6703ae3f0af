import { DateTime, Effect, Layer, Option } from "effect"
import {
  decimalOf,
  type Dimension,
  type Earning,
  type Group,
  plus,
  type Royalty,
  type RoyaltyFilter,
  RoyaltyLedger,
  type Settlement,
  shareOf,
  sum,
  toText,
  type View,
  zero
} from "@veza/domain/royalties"
import { keysetPage } from "./keyset-page.ts"
import { pageOf } from "./page-of.ts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, keyOf, put } from "./tables.ts"

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const claimKey = (userId: string, royaltyId: string): string => keyOf(userId, royaltyId)

/** What a view shows of everything there is. */
const seenIn = (tables: Tables, view: View): ReadonlyArray<Royalty> =>
  all(tables, "royalties").flatMap((row) => {
    const claim = view.of === "all" ? undefined : get(tables, "royaltyClaims", claimKey(view.userId, row.id))
    const earning = get(tables, "royaltyEarnings", row.earningId)
    const reportedIn = get(tables, "royaltyImports", row.importId)?.entry.period
    if (earning === undefined || reportedIn === undefined || reportedIn === null) return []
    const shareBps =
      view.of === "shares" ? (claim?.shareBps ?? 0) : view.of === "all" || claim?.isOwner === true ? 10_000 : 0
    return shareBps === 0 ? [] : [{ ...row, reportedIn, trackId: earning.trackId, shareBps }]
  })

const inTime = (row: Pick<Earning, "period" | "trackId">, { period, from, to, trackId }: RoyaltyFilter): boolean =>
  (period === undefined || row.period === period) &&
  (from === undefined || row.period >= from) &&
  (to === undefined || row.period <= to) &&
  (trackId === undefined || row.trackId === trackId)

const matches = (row: Royalty, filter: RoyaltyFilter): boolean =>
  inTime(row, filter) &&
  (filter.platform === undefined || row.platform === filter.platform) &&
  (filter.territory === undefined || row.territory === filter.territory)

const keyIn = (row: Royalty, dimension: Dimension): string | null =>
  dimension === "track" ? row.trackId : row[dimension]

/** Without a key last. */
const inOrder = (a: Group, b: Group): number =>
  (a.key === null ? (b.key === null ? 0 : 1) : b.key === null ? -1 : byText(a.key, b.key)) ||
  byText(a.currency, b.currency)

const waiting = (tables: Tables) => all(tables, "royaltyEarnings").filter(({ trackId }) => trackId === null)
const codesBehind = (earnings: ReadonlyArray<Earning>, after: string | undefined, limit: number) =>
  [...new Set(earnings.map(({ recording }) => recording))]
    .filter((code) => code > (after ?? ""))
    .toSorted(byText)
    .slice(0, limit)

const settleOne = (tables: Tables, { earningId, trackId, ownerId, splits }: Settlement, at: DateTime.Utc) => {
  const earning = get(tables, "royaltyEarnings", earningId)
  if (earning === undefined || earning.trackId !== null) return undefined
  let next = put(tables, "royaltyEarnings", earningId, { ...earning, trackId, ownerId, matchedAt: at })
  const shares = new Map([[ownerId, 0]])
  for (const split of splits) {
    next = put(next, "royaltySplits", keyOf(earningId, String(split.position)), { ...split, earningId })
    if (split.userId !== null) shares.set(split.userId, (shares.get(split.userId) ?? 0) + split.shareBps)
  }
  for (const royalty of all(tables, "royalties").filter((row) => row.earningId === earningId)) {
    for (const [userId, shareBps] of shares) {
      const claim = { userId, royaltyId: royalty.id, isOwner: userId === ownerId, shareBps }
      next = put(next, "royaltyClaims", claimKey(userId, royalty.id), claim)
    }
  }
  return next
}

const amountsOf = (earnings: ReadonlyArray<{ readonly currency: string; readonly amount: string }>) =>
  [...new Set(earnings.map(({ currency }) => currency))].toSorted(byText).map((currency) => ({
    currency,
    amount: toText(
      sum(earnings.filter((earning) => earning.currency === currency).map(({ amount }) => decimalOf(amount)))
    )
  }))

const minorOf = (rows: ReadonlyArray<{ readonly currency: string; readonly amountMinor: bigint }>) =>
  [...new Set(rows.map(({ currency }) => currency))].toSorted(byText).map((currency) => ({
    currency,
    amountMinor: rows.filter((row) => row.currency === currency).reduce((total, row) => total + row.amountMinor, 0n)
  }))

export const royaltyLedgerMemory = Layer.effect(
  RoyaltyLedger,
  Effect.map(Store, (store) =>
    RoyaltyLedger.of({
      unmatched: (importId, after, limit) =>
        store.read((tables) =>
          codesBehind(
            waiting(tables).filter((earning) => importId === undefined || earning.importId === importId),
            after,
            limit
          )
        ),
      unsettled: (recordings, limit) =>
        store.read((tables) =>
          waiting(tables)
            .filter(({ recording }) => recordings.includes(recording))
            .toSorted((a, b) => byText(a.recording, b.recording) || byText(a.id, b.id))
            .slice(0, limit)
        ),
      settle: (settlements, at) =>
        store.change((tables): readonly [number, Tables] => {
          let count = 0
          let next = tables
          for (const settlement of settlements) {
            const settled = settleOne(next, settlement, at)
            if (settled !== undefined) count++
            next = settled ?? next
          }
          return [count, next]
        }),
      queue: (after, limit) =>
        store.read((tables) => {
          const earnings = waiting(tables)
          return codesBehind(earnings, after, limit).map((recording) => {
            const alike = earnings.filter((earning) => earning.recording === recording)
            const ids = new Set<string>(alike.map(({ id }) => id))
            const titles = all(tables, "royalties")
              .filter(({ earningId }) => ids.has(earningId))
              .map(({ title }) => title)
            return {
              recording,
              title: titles.toSorted(byText)[0] ?? "",
              earnings: alike.length,
              amounts: amountsOf(alike)
            }
          })
        }),
      waiting: store.read((tables) => new Set(waiting(tables).map(({ recording }) => recording)).size),
      list: (view, filter, plan) =>
        store.read((tables) =>
          keysetPage(
            seenIn(tables, view).filter((row) => matches(row, filter)),
            ({ period, id }) => ({ value: period, id }),
            plan
          )
        ),
      byId: (view, id) =>
        store.read((tables) => Option.fromNullishOr(seenIn(tables, view).find((row) => row.id === id))),
      lines: (royalty, after, limit) =>
        store.read((tables) =>
          all(tables, "royaltyLines")
            .filter(
              ({ importId, line }) =>
                importId === royalty.importId &&
                line.recording === royalty.recording &&
                line.period === royalty.period &&
                line.platform === royalty.platform &&
                line.territory === royalty.territory &&
                line.currency === royalty.currency &&
                line.line > (after ?? 0)
            )
            .map(({ line }) => line)
            .toSorted((a, b) => a.line - b.line)
            .slice(0, limit)
        ),
      earning: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "royaltyEarnings", id))),
      splits: (id) =>
        store.read((tables) =>
          all(tables, "royaltySplits")
            .filter(({ earningId }) => earningId === id)
            .map(({ position, name, userId, shareBps, amountMinor }) => ({
              position,
              name,
              userId,
              shareBps,
              amountMinor
            }))
            .toSorted((a, b) => a.position - b.position)
        ),
      groups: (view, filter, dimension, limit) =>
        store.read((tables) => {
          const groups = new Map<string, Group & { exact: ReturnType<typeof decimalOf> }>()
          for (const row of seenIn(tables, view).filter((one) => matches(one, filter))) {
            const key = keyIn(row, dimension)
            const at = JSON.stringify([key, row.currency])
            const group = groups.get(at) ?? { key, currency: row.currency, quantity: 0, amount: "0", exact: zero }
            groups.set(at, {
              ...group,
              quantity: group.quantity + row.quantity,
              exact: plus(group.exact, shareOf(decimalOf(row.amount), row.shareBps))
            })
          }
          return [...groups.values()]
            .map(({ exact, ...group }): Group => ({ ...group, amount: toText(exact) }))
            .toSorted(inOrder)
            .slice(0, limit)
        }),
      payable: (view, filter) =>
        store.read((tables) => {
          const earnings = all(tables, "royaltyEarnings").filter((earning) => inTime(earning, filter))
          if (view.of !== "shares") {
            return minorOf(
              earnings.filter(({ ownerId }) => (view.of === "all" ? ownerId !== null : ownerId === view.userId))
            )
          }
          const known = new Map(earnings.map((earning) => [earning.id, earning]))
          return minorOf(
            all(tables, "royaltySplits").flatMap(({ earningId, userId, amountMinor }) => {
              const earning = userId === view.userId ? known.get(earningId) : undefined
              return earning === undefined ? [] : [{ currency: earning.currency, amountMinor }]
            })
          )
        }),
      ofPerson: (userId, after, limit) =>
        store.read((tables) => {
          const rows = all(tables, "royaltySplits").flatMap((split) => {
            const earning = split.userId === userId ? get(tables, "royaltyEarnings", split.earningId) : undefined
            if (earning === undefined) return []
            const { period, recording, trackId, currency } = earning
            const { earningId, position, name, shareBps, amountMinor } = split
            return [{ earningId, position, period, recording, trackId, name, shareBps, currency, amountMinor }]
          })
          return pageOf(
            rows,
            ({ earningId, position }) => `${earningId} ${String(position).padStart(9, "0")}`,
            after,
            limit
          )
        }),
      forgetNames: (userId) =>
        store.change((tables) => {
          const theirs = all(tables, "royaltySplits").filter((split) => split.userId === userId)
          return [
            undefined,
            theirs.reduce(
              (left, split) =>
                put(left, "royaltySplits", keyOf(split.earningId, String(split.position)), { ...split, name: "" }),
              tables
            )
          ]
        })
    })
  )
)
