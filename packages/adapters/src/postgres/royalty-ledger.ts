import { DateTime, Effect, Layer, Option } from "effect"
import { decimalOf, RoyaltyLedger } from "@veza/domain/royalties"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"
import { keysetPages } from "./keyset-page.ts"
import { inTime, inView, keys, matching, royaltyLists } from "./royalty-lists.ts"
import {
  decodeEarnings,
  decodeGroups,
  decodeLines,
  decodePayable,
  decodePersonal,
  decodeQueue,
  decodeRoyalty,
  decodeSplits
} from "./royalty-rows.ts"

const earningColumns = `id, import_id AS "importId", period, recording, currency, trim_scale(amount)::text AS amount,
  amount_minor AS "amountMinor", track_id AS "trackId", owner_id AS "ownerId"`

const noLimit = 2_000_000_000

export const royaltyLedgerPostgres = Layer.effect(
  RoyaltyLedger,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const pages = {
      all: yield* keysetPages(royaltyLists.all),
      tracks: yield* keysetPages(royaltyLists.tracks),
      shares: yield* keysetPages(royaltyLists.shares)
    }
    const bps = { all: sql.literal("10000"), tracks: sql.literal("10000"), shares: sql.literal("share_bps") }
    const ofEarning = sql.literal(earningColumns)

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
                  WHERE track_id IS NULL AND ${sql.in("recording", recordings)} ORDER BY recording, id LIMIT ${limit}
                  FOR UPDATE SKIP LOCKED`,
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
      waiting: Effect.map(
        bounded(sql<{ n: number }>`
          SELECT count(*)::int AS n
          FROM (SELECT DISTINCT recording FROM royalty_earnings WHERE track_id IS NULL) AS waiting`),
        ([row]) => row?.n ?? 0
      ),
      list: (view, filter, plan) => pages[view.of](matching(sql, view, filter), plan),
      byId: (view, id) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${sql.literal(royaltyLists[view.of].columns)} FROM ${sql.literal(royaltyLists[view.of].table)}
              WHERE id = ${id} AND ${sql.and(inView(sql, view))}`,
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
              FROM ${sql.literal(royaltyLists[view.of].table)} WHERE ${sql.and(matching(sql, view, filter))}
              GROUP BY ${key}, currency ORDER BY ${key} COLLATE "C" NULLS LAST, currency
              LIMIT ${Math.min(limit, noLimit)}`,
            decodeGroups
          )
        )
      },
      payable: (view, filter) => {
        const within = sql.and([sql`true`, ...inTime(sql, filter)])
        const rows =
          view.of === "shares"
            ? sql`SELECT e.currency, sum(s.amount_minor)::int8 AS "amountMinor"
                FROM royalty_splits s JOIN royalty_earnings e ON e.id = s.earning_id
                WHERE s.user_id = ${view.userId} AND ${within} GROUP BY e.currency ORDER BY e.currency`
            : sql`SELECT currency, sum(amount_minor)::int8 AS "amountMinor" FROM royalty_earnings
                WHERE ${view.of === "all" ? sql`track_id IS NOT NULL` : sql`owner_id = ${view.userId}`} AND ${within}
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
        Effect.asVoid(
          inBatches(
            Effect.map(
              bounded(sql`
                UPDATE royalty_splits SET name = '' WHERE (earning_id, position) IN (
                  SELECT earning_id, position FROM royalty_splits WHERE user_id = ${userId} AND name <> ''
                  LIMIT ${batchSize}) RETURNING 1`),
              (rows) => rows.length
            )
          )
        )
    })
  })
)
