import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Dimension, Royalty, RoyaltyFilter, RoyaltySort, View } from "@veza/domain/royalties"
import type { KeysetList, KeysetSort } from "./keyset-page.ts"
import { decodeRoyalty } from "./royalty-rows.ts"

const shown = `r.import_id, r.earning_id, r.platform, r.territory, r.recording, r.title, r.quantity, r.line_count, r.currency,
  r.amount, e.track_id, i.period AS reported_in`
const joined = `JOIN royalty_earnings e ON e.id = r.earning_id JOIN royalty_imports i ON i.id = r.import_id`
/** All royalties, and those that somebody has a claim to, in the order of their claims' key. */
const everything = `(SELECT r.id, r.period, 10000 AS share_bps, ${shown} FROM royalties r ${joined}) AS seen`
const claimed = `(SELECT c.royalty_id AS id, c.period, c.user_id, c.is_owner, c.share_bps, ${shown}
  FROM royalty_claims c JOIN royalties r ON r.id = c.royalty_id ${joined}) AS seen`

const columnsOf = (shareBps: string) =>
  `id, import_id AS "importId", earning_id AS "earningId", period, reported_in AS "reportedIn", platform, territory,
  recording, track_id AS "trackId", title, quantity::float8 AS quantity, line_count AS "lineCount", currency,
  trim_scale(amount)::text AS amount, ${shareBps} AS "shareBps"`

const sorts: Record<RoyaltySort, KeysetSort<Royalty>> = {
  period: { column: "period", type: "text", of: ({ period }) => period }
}

export const keys: Readonly<Record<Dimension, string>> = {
  period: "period",
  platform: "platform",
  territory: "territory",
  track: "track_id::text",
  currency: "currency"
}

const list = (table: string, shareBps: string): KeysetList<Royalty, RoyaltySort> => ({
  table,
  columns: columnsOf(shareBps),
  sorts,
  idOf: ({ id }) => id,
  decode: decodeRoyalty
})

/** How each view reads its list. */
export const royaltyLists = {
  all: list(everything, "share_bps"),
  tracks: list(claimed, "10000"),
  shares: list(claimed, "share_bps")
} as const

export const inView = (sql: SqlClient, view: View): ReadonlyArray<Fragment> => {
  switch (view.of) {
    case "all":
      return [sql`true`]
    case "tracks":
      return [sql`user_id = ${view.userId}`, sql`is_owner`]
    case "shares":
      return [sql`user_id = ${view.userId}`, sql`share_bps > 0`]
  }
}
export const inTime = (sql: SqlClient, { period, from, to, trackId }: RoyaltyFilter): ReadonlyArray<Fragment> => [
  ...(period === undefined ? [] : [sql`period = ${period}`]),
  ...(from === undefined ? [] : [sql`period >= ${from}`]),
  ...(to === undefined ? [] : [sql`period <= ${to}`]),
  ...(trackId === undefined ? [] : [sql`track_id = ${trackId}`])
]
/** What a list of a view shows under a filter. */
export const matching = (sql: SqlClient, view: View, filter: RoyaltyFilter): ReadonlyArray<Fragment> => [
  ...inView(sql, view),
  ...inTime(sql, filter),
  ...(filter.platform === undefined ? [] : [sql`platform = ${filter.platform}`]),
  ...(filter.territory === undefined ? [] : [sql`territory = ${filter.territory}`])
]
