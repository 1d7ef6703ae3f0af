import { DateTime, Effect, Layer, Option, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { UserId } from "@veza/domain/kernel"
import {
  decimalOf,
  type Dimension,
  EarningId,
  ImportId,
  Period,
  type Royalty,
  type RoyaltyFilter,
  RoyaltyId,
  RoyaltyLedger,
  type RoyaltySort,
  type View
} from "@veza/domain/royalties"
import { TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { type KeysetSort, keysetPages } from "./keyset-page.ts"

const RoyaltyRow = Schema.Struct({
  id: RoyaltyId,
  importId: ImportId,
  earningId: EarningId,
  period: Period,
  reportedIn: Period,
  platform: Schema.String,
  territory: Schema.String,
  recording: Schema.String,
  trackId: Schema.NullOr(TrackId),
  title: Schema.String,
  quantity: Schema.Finite,
  lineCount: Schema.Int,
  currency: Schema.String,
  amount: Schema.String,
  shareBps: Schema.Int
})
const decodeRoyalty: (row: unknown) => Effect.Effect<Royalty, Schema.SchemaError> =
  Schema.decodeUnknownEffect(RoyaltyRow)

const decodeEarnings = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      id: EarningId,
      importId: ImportId,
      period: Period,
      recording: Schema.String,
      currency: Schema.String,
      amount: Schema.String,
      amountMinor: Schema.BigInt,
      trackId: Schema.NullOr(TrackId),
      ownerId: Schema.NullOr(UserId)
    })
  )
)
const decodeSplits = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      position: Schema.Int,
      name: Schema.String,
      userId: Schema.NullOr(UserId),
      shareBps: Schema.Int,
      amountMinor: Schema.BigInt
    })
  )
)
const decodeLines = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      line: Schema.Int,
      period: Period,
      platform: Schema.String,
      territory: Schema.String,
      recording: Schema.String,
      title: Schema.String,
      artist: Schema.String,
      quantity: Schema.Finite,
      currency: Schema.String,
      amount: Schema.String,
      statedCurrency: Schema.NullOr(Schema.String),
      statedRate: Schema.NullOr(Schema.String)
    })
  )
)
const decodeGroups = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      key: Schema.NullOr(Schema.String),
      currency: Schema.String,
      quantity: Schema.Finite,
      amount: Schema.String
    })
  )
)
const decodePayable = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ currency: Schema.String, amountMinor: Schema.BigInt }))
)
const decodeQueue = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      recording: Schema.String,
      title: Schema.String,
      earnings: Schema.Int,
      amounts: Schema.Array(Schema.Struct({ currency: Schema.String, amount: Schema.String }))
    })
  )
)
const decodePersonal = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      earningId: EarningId,
      position: Schema.Int,
      period: Period,
      recording: Schema.String,
      trackId: Schema.NullOr(TrackId),
      name: Schema.String,
      shareBps: Schema.Int,
      currency: Schema.String,
      amountMinor: Schema.BigInt
    })
  )
)

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

const keys: Readonly<Record<Dimension, string>> = {
  period: "period",
  platform: "platform",
  territory: "territory",
  track: "track_id::text",
  currency: "currency"
}

const earningColumns = `id, import_id AS "importId", period, recording, currency, trim_scale(amount)::text AS amount,
  amount_minor AS "amountMinor", track_id AS "trackId", owner_id AS "ownerId"`

const noLimit = 2_000_000_000

export const royaltyLedgerPostgres = Layer.effect(
  RoyaltyLedger,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const list = (table: string, shareBps: string) =>
      keysetPages({ table, columns: columnsOf(shareBps), sorts, idOf: ({ id }) => id, decode: decodeRoyalty })
    const pages = {
      all: yield* list(everything, "share_bps"),
      tracks: yield* list(claimed, "10000"),
      shares: yield* list(claimed, "share_bps")
    }
    const tables = { all: sql.literal(everything), tracks: sql.literal(claimed), shares: sql.literal(claimed) }
    const columns = {
      all: sql.literal(columnsOf("share_bps")),
      tracks: sql.literal(columnsOf("10000")),
      shares: sql.literal(columnsOf("share_bps"))
    }
    const bps = { all: sql.literal("10000"), tracks: sql.literal("10000"), shares: sql.literal("share_bps") }
    const ofEarning = sql.literal(earningColumns)

    const inView = (view: View): ReadonlyArray<Fragment> => {
      switch (view.of) {
        case "all":
          return [sql`true`]
        case "tracks":
          return [sql`user_id = ${view.userId}`, sql`is_owner`]
        case "shares":
          return [sql`user_id = ${view.userId}`, sql`share_bps > 0`]
      }
    }
    const inTime = ({ period, from, to, trackId }: RoyaltyFilter): ReadonlyArray<Fragment> => [
      ...(period === undefined ? [] : [sql`period = ${period}`]),
      ...(from === undefined ? [] : [sql`period >= ${from}`]),
      ...(to === undefined ? [] : [sql`period <= ${to}`]),
      ...(trackId === undefined ? [] : [sql`track_id = ${trackId}`])
    ]
    const matching = (view: View, filter: RoyaltyFilter): ReadonlyArray<Fragment> => [
      ...inView(view),
      ...inTime(filter),
      ...(filter.platform === undefined ? [] : [sql`platform = ${filter.platform}`]),
      ...(filter.territory === undefined ? [] : [sql`territory = ${filter.territory}`])
    ]

    return RoyaltyLedger.of({
      unmatched: (importId, after, limit) =>
        Effect.map(
          bounded(sql<{ recording: string }>`
            SELECT DISTINCT recording FROM royalty_earnings
            WHERE track_id IS NULL AND (${importId ?? null}::uuid IS NULL OR import_id = ${importId ?? null}::uuid)
              AND recording > ${after ?? ""} ORDER BY recording LIMIT ${limit}`),
          (rows) => rows.map(({ recording }) => recording)
        ),
      unsettled: (recordings, limit) =>
        recordings.length === 0
          ? Effect.succeed([])
          : bounded(
              Effect.flatMap(
                sql`SELECT ${ofEarning} FROM royalty_earnings
                  WHERE track_id IS NULL AND ${sql.in("recording", recordings)} ORDER BY recording, id LIMIT ${limit}`,
                decodeEarnings
              )
            ),
      settle: (settlements, at) => {
        if (settlements.length === 0) return Effect.succeed(0)
        const given = settlements.map(({ earningId, trackId, ownerId }) => ({
          earning_id: earningId,
          track_id: trackId,
          owner_id: ownerId
        }))
        const splits = settlements.flatMap(({ earningId, splits: parts }) =>
          parts.map((part) => ({
            earning_id: earningId,
            position: part.position,
            name: part.name,
            user_id: part.userId,
            share_bps: part.shareBps,
            amount_minor: part.amountMinor.toString()
          }))
        )
        return Effect.map(
          bounded(sql<{ n: number }>`
            WITH settled AS (
              UPDATE royalty_earnings e
              SET track_id = given.track_id, owner_id = given.owner_id, matched_at = ${DateTime.toDate(at)}
              FROM json_to_recordset(${JSON.stringify(given)}::json) AS given (
                earning_id uuid, track_id uuid, owner_id uuid)
              WHERE e.id = given.earning_id AND e.track_id IS NULL RETURNING e.id, e.owner_id),
            parts AS (
              SELECT part.* FROM json_to_recordset(${JSON.stringify(splits)}::json) AS part (
                earning_id uuid, position integer, name text, user_id uuid, share_bps integer, amount_minor bigint)
              JOIN settled ON settled.id = part.earning_id),
            split AS (
              INSERT INTO royalty_splits (earning_id, position, name, user_id, share_bps, amount_minor)
              SELECT earning_id, position, name, user_id, share_bps, amount_minor FROM parts),
            holders AS (
              SELECT earning_id, user_id, bool_or(is_owner) AS is_owner, sum(share_bps) AS share_bps
              FROM (
                SELECT id AS earning_id, owner_id AS user_id, true AS is_owner, 0 AS share_bps FROM settled
                UNION ALL
                SELECT earning_id, user_id, false, share_bps FROM parts WHERE user_id IS NOT NULL) AS each_one
              GROUP BY earning_id, user_id),
            claim AS (
              INSERT INTO royalty_claims (user_id, period, royalty_id, is_owner, share_bps)
              SELECT h.user_id, r.period, r.id, h.is_owner, h.share_bps
              FROM holders h JOIN royalties r ON r.earning_id = h.earning_id)
            SELECT count(*)::int AS n FROM settled`),
          ([row]) => row?.n ?? 0
        )
      },
      queue: (after, limit) =>
        bounded(
          Effect.flatMap(
            sql`
              WITH waiting AS (
                SELECT recording, currency, sum(amount) AS amount, count(*) AS earnings FROM royalty_earnings
                WHERE track_id IS NULL AND recording IN (
                  SELECT DISTINCT recording FROM royalty_earnings
                  WHERE track_id IS NULL AND recording > ${after ?? ""} ORDER BY recording LIMIT ${limit})
                GROUP BY recording, currency)
              SELECT recording, sum(earnings)::int AS earnings,
                jsonb_agg(jsonb_build_object('currency', currency, 'amount', trim_scale(amount)::text) ORDER BY currency)
                  AS amounts,
                coalesce((
                  SELECT min(r.title COLLATE "C") FROM royalty_earnings e JOIN royalties r ON r.earning_id = e.id
                  WHERE e.recording = waiting.recording AND e.track_id IS NULL), '') AS title
              FROM waiting GROUP BY recording ORDER BY recording`,
            decodeQueue
          )
        ),
      list: (view, filter, plan) => pages[view.of](matching(view, filter), plan),
      byId: (view, id) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns[view.of]} FROM ${tables[view.of]} WHERE id = ${id} AND ${sql.and(inView(view))}`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.map(decodeRoyalty(row), Option.some))
          )
        ),
      lines: (royalty, after, limit) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`
                SELECT line, period, platform, territory, recording, title, artist, quantity::float8 AS quantity, currency,
                  trim_scale(amount)::text AS amount, stated_currency AS "statedCurrency",
                  trim_scale(stated_rate)::text AS "statedRate"
                FROM royalty_lines
                WHERE import_id = ${royalty.importId} AND recording = ${royalty.recording} AND period = ${royalty.period}
                  AND platform = ${royalty.platform} AND territory = ${royalty.territory}
                  AND currency = ${royalty.currency} AND line > ${after ?? 0}
                ORDER BY line LIMIT ${limit}`,
              decodeLines
            )
          ),
          (lines) => lines.map((line) => ({ ...line, amount: decimalOf(line.amount) }))
        ),
      earning: (id) =>
        bounded(
          Effect.flatMap(sql`SELECT ${ofEarning} FROM royalty_earnings WHERE id = ${id}`, (rows) =>
            Effect.map(decodeEarnings(rows), ([found]) => Option.fromNullishOr(found))
          )
        ),
      splits: (id) =>
        bounded(
          Effect.flatMap(
            sql`SELECT position, name, user_id AS "userId", share_bps AS "shareBps", amount_minor AS "amountMinor"
              FROM royalty_splits WHERE earning_id = ${id} ORDER BY position`,
            decodeSplits
          )
        ),
      groups: (view, filter, dimension, limit) => {
        const key = sql.literal(keys[dimension])
        return bounded(
          Effect.flatMap(
            sql`
              SELECT ${key} AS key, currency, sum(quantity)::float8 AS quantity,
                trim_scale(sum(amount * ${bps[view.of]}) * 0.0001)::text AS amount
              FROM ${tables[view.of]} WHERE ${sql.and(matching(view, filter))}
              GROUP BY ${key}, currency ORDER BY ${key} COLLATE "C" NULLS LAST, currency
              LIMIT ${Math.min(limit, noLimit)}`,
            decodeGroups
          )
        )
      },
      payable: (view, filter) => {
        const within = sql.and([sql`true`, ...inTime(filter)])
        const rows =
          view.of === "shares"
            ? sql`SELECT e.currency, sum(s.amount_minor)::int8 AS "amountMinor"
                FROM royalty_splits s JOIN royalty_earnings e ON e.id = s.earning_id
                WHERE s.user_id = ${view.userId} AND ${within} GROUP BY e.currency ORDER BY e.currency`
            : sql`SELECT currency, sum(amount_minor)::int8 AS "amountMinor" FROM royalty_earnings
                WHERE ${view.of === "all" ? sql`true` : sql`owner_id = ${view.userId}`} AND ${within}
                GROUP BY currency ORDER BY currency`
        return bounded(Effect.flatMap(rows, decodePayable))
      },
      ofPerson: (userId, after, limit) => {
        const [id, position] = after === undefined ? [null, null] : [after.earningId, after.position]
        return bounded(
          Effect.flatMap(
            sql`
              SELECT s.earning_id AS "earningId", s.position, e.period, e.recording, e.track_id AS "trackId", s.name,
                s.share_bps AS "shareBps", e.currency, s.amount_minor AS "amountMinor"
              FROM royalty_splits s JOIN royalty_earnings e ON e.id = s.earning_id
              WHERE s.user_id = ${userId}
                AND (${id}::uuid IS NULL OR (s.earning_id, s.position) > (${id}::uuid, ${position}::integer))
              ORDER BY s.earning_id, s.position LIMIT ${limit}`,
            decodePersonal
          )
        )
      },
      forgetNames: (userId) =>
        bounded(sql`UPDATE royalty_splits SET name = '' WHERE user_id = ${userId} AND name <> ''`)
    })
  })
)
