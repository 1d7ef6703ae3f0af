import { DateTime, Duration, Effect, Layer, Option, Schema } from "effect"
import { Changes, UserId } from "@veza/domain/kernel"
import {
  type ClaimedImport,
  ImportId,
  importsTopic,
  ImportStatus,
  Period,
  Refusal,
  RoyaltyImports,
  StatementFault,
  type StatementLine,
  toText,
  unusualDigits,
  upcMark
} from "@veza/domain/royalties"
import { bounded, boundedTo, Database } from "./client.ts"

const ImportRow = Schema.Struct({
  id: ImportId,
  sha256: Schema.String,
  fileName: Schema.String,
  sizeBytes: Schema.Finite,
  status: ImportStatus,
  attempts: Schema.Int,
  bytesRead: Schema.Finite,
  rowsRead: Schema.Int,
  layout: Schema.NullOr(Schema.String),
  period: Schema.NullOr(Period),
  refusal: Schema.NullOr(Refusal),
  faultCount: Schema.Int,
  faults: Schema.Array(StatementFault),
  requestedBy: Schema.NullOr(UserId),
  requestedAt: Schema.DateTimeUtcFromDate,
  finishedAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
const decodeImports = Schema.decodeUnknownEffect(Schema.Array(ImportRow))
const decodeIds = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ id: ImportId })))
const decodeClaimed = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ id: ImportId, attempts: Schema.Int, sizeBytes: Schema.Finite }))
)
const decodeTotals = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ currency: Schema.String, amount: Schema.String, amountMinor: Schema.BigInt }))
)

const some = (rows: ReadonlyArray<unknown>): boolean => rows.length > 0

/** Lines travel as one JSON text: arrays of every column cost the process ten times as much. */
const toRow = (line: StatementLine) => ({
  line: line.line,
  period: line.period,
  platform: line.platform,
  territory: line.territory,
  recording: line.recording,
  title: line.title,
  artist: line.artist,
  quantity: line.quantity,
  currency: line.currency,
  amount: toText(line.amount),
  stated_currency: line.statedCurrency,
  stated_rate: line.statedRate
})

/** What sums a million lines takes its time. */
const longest = Duration.minutes(15)
const long = boundedTo(longest)
const digits = JSON.stringify(unusualDigits)

export const royaltyImportsPostgres = Layer.effect(
  RoyaltyImports,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    const columns = sql.literal(
      `id, encode(sha256, 'hex') AS sha256, file_name AS "fileName", size_bytes::float8 AS "sizeBytes", status, attempts,
        bytes_read::float8 AS "bytesRead", rows_read AS "rowsRead", layout, period, refusal, fault_count AS "faultCount",
        faults, requested_by AS "requestedBy", requested_at AS "requestedAt", finished_at AS "finishedAt"`
    )
    const ours = ({ id, attempts }: ClaimedImport) =>
      sql`id = ${id} AND attempts = ${attempts} AND status = 'processing'`

    /**
     * The earnings of an import, rounded to minor units in the order of their owners: what `roundInTurn` of the domain
     * does, so that what an owner gets is the sum of what theirs earned, rounded.
     */
    const earn = (id: ImportId) =>
      long(sql`
        INSERT INTO royalty_earnings (id, import_id, period, recording, currency, amount, amount_minor)
        SELECT gen_random_uuid(), ${id}, period, recording, currency, amount,
          round(sum(scaled) OVER in_turn) - round(sum(scaled) OVER in_turn - scaled)
        FROM (
          SELECT *, amount * (ARRAY[1, 10, 100, 1000])[coalesce((${digits}::jsonb ->> currency)::int, 2) + 1] AS scaled
          FROM (
            SELECT period, recording, currency, sum(amount) AS amount FROM royalty_lines WHERE import_id = ${id}
            GROUP BY period, recording, currency) AS earned) AS earned
        LEFT JOIN recordings ON recordings.isrc = earned.recording
        WINDOW in_turn AS (
          PARTITION BY currency ORDER BY owner_id NULLS LAST, recording, period ROWS UNBOUNDED PRECEDING)`)
    const sumUp = (id: ImportId) =>
      long(sql`
        INSERT INTO royalties (id, import_id, earning_id, period, platform, territory, recording, currency, title,
          quantity, line_count, amount)
        SELECT gen_random_uuid(), ${id}, e.id, l.period, l.platform, l.territory, l.recording, l.currency,
          min(l.title COLLATE "C"), sum(l.quantity), count(*), sum(l.amount)
        FROM royalty_lines l JOIN royalty_earnings e
          ON e.import_id = ${id} AND e.recording = l.recording AND e.period = l.period AND e.currency = l.currency
        WHERE l.import_id = ${id}
        GROUP BY e.id, l.period, l.platform, l.territory, l.recording, l.currency`)

    return RoyaltyImports.of({
      add: Effect.fnUntraced(function* (entry) {
        const content = Buffer.from(entry.sha256, "hex")
        // One statement, which answers the earlier import as well: between two, that one may be refused and gone.
        const [kept] = yield* bounded(
          Effect.flatMap(
            sql`
              INSERT INTO royalty_imports (id, sha256, file_name, size_bytes, status, requested_by, requested_at)
              VALUES (${entry.id}, ${content}, ${entry.fileName}, ${entry.sizeBytes}, 'pending', ${entry.requestedBy},
                ${DateTime.toDate(entry.requestedAt)})
              ON CONFLICT (sha256) WHERE status IN ('pending', 'processing', 'imported')
              DO UPDATE SET file_name = royalty_imports.file_name RETURNING id`,
            decodeIds
          )
        )
        // Of an earlier import, too: it is locked until now, and a worker that looked meanwhile has passed it over.
        yield* changes.announce(importsTopic, undefined)
        return kept === undefined || kept.id === entry.id ? Option.none() : Option.some(kept.id)
      }),
      byId: (id) =>
        bounded(
          Effect.flatMap(sql`SELECT ${columns} FROM royalty_imports WHERE id = ${id}`, (rows) =>
            Effect.map(decodeImports(rows), ([found]) => Option.fromNullishOr(found))
          )
        ),
      totals: (id) =>
        bounded(
          Effect.flatMap(
            sql`SELECT currency, trim_scale(sum(amount))::text AS amount, sum(amount_minor)::int8 AS "amountMinor"
              FROM royalty_earnings WHERE import_id = ${id} GROUP BY currency ORDER BY currency`,
            decodeTotals
          )
        ),
      unmatched: (id) =>
        Effect.map(
          bounded(sql<{ isrcs: number; upcs: number }>`
            SELECT (count(DISTINCT recording) FILTER (WHERE NOT starts_with(recording, ${upcMark})))::int AS isrcs,
              (count(DISTINCT recording) FILTER (WHERE starts_with(recording, ${upcMark})))::int AS upcs
            FROM royalty_earnings WHERE import_id = ${id} AND track_id IS NULL`),
          ([row]) => row ?? { isrcs: 0, upcs: 0 }
        ),
      claim: (only, at, until) =>
        bounded(
          Effect.flatMap(
            sql`
              UPDATE royalty_imports SET status = 'processing', attempts = attempts + 1, bytes_read = 0, rows_read = 0,
                leased_until = ${DateTime.toDate(until)}
              WHERE id = (
                SELECT id FROM royalty_imports
                WHERE status IN ('pending', 'processing') AND (${only ?? null}::uuid IS NULL OR id = ${only ?? null}::uuid)
                  AND (leased_until IS NULL OR leased_until <= ${DateTime.toDate(at)})
                ORDER BY requested_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
              RETURNING id, attempts, size_bytes::float8 AS "sizeBytes"`,
            (rows) => Effect.map(decodeClaimed(rows), ([claimed]) => Option.fromNullishOr(claimed))
          )
        ),
      hold: (claimed, until, { bytesRead, rowsRead }) =>
        Effect.map(
          bounded(sql`
            UPDATE royalty_imports SET leased_until = ${DateTime.toDate(until)}, bytes_read = ${bytesRead},
              rows_read = ${rowsRead}
            WHERE ${ours(claimed)} RETURNING 1`),
          some
        ),
      release: Effect.fnUntraced(function* (claimed) {
        yield* bounded(sql`UPDATE royalty_imports SET leased_until = NULL WHERE ${ours(claimed)}`)
        yield* changes.announce(importsTopic, undefined)
      }),
      write: (id, lines) =>
        long(sql`
          INSERT INTO royalty_lines (import_id, line, period, platform, territory, recording, title, artist, quantity,
            currency, amount, stated_currency, stated_rate)
          SELECT ${id}::uuid, line, period, platform, territory, recording, title, artist, quantity, currency, amount,
            stated_currency, stated_rate
          FROM json_to_recordset(${JSON.stringify(lines.map(toRow))}::json) AS row (
            line integer, period text, platform text, territory text, recording text, title text, artist text,
            quantity bigint, currency text, amount numeric, stated_currency text, stated_rate numeric)`),
      // The row itself comes last: whoever holds on to it meanwhile must not wait for the lock on it.
      finish: Effect.fnUntraced(function* (claimed, { layout, rowsRead, at }) {
        // Nothing is known yet of rows that this very transaction wrote: a nested loop over a million of them never ends.
        yield* bounded(sql`
          SELECT set_config('statement_timeout', ${String(Duration.toMillis(longest))}, true),
            set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)`)
        yield* earn(claimed.id)
        yield* sumUp(claimed.id)
        const finished = yield* bounded(sql`
          UPDATE royalty_imports SET status = 'imported', leased_until = NULL, bytes_read = size_bytes,
            rows_read = ${rowsRead}, layout = ${layout}, finished_at = ${DateTime.toDate(at)},
            period = (SELECT max(period) FROM royalty_earnings WHERE import_id = ${claimed.id})
          WHERE ${ours(claimed)} RETURNING 1`)
        return some(finished)
      }),
      refuse: (claimed, why) =>
        Effect.map(
          bounded(sql`
            UPDATE royalty_imports SET status = 'refused', leased_until = NULL, refusal = ${why.refusal},
              layout = ${why.layout}, rows_read = ${why.rowsRead}, fault_count = ${why.faultCount},
              faults = ${JSON.stringify(why.faults)}::jsonb, finished_at = ${DateTime.toDate(why.at)}
            WHERE ${ours(claimed)} RETURNING 1`),
          some
        ),
      fail: (claimed, at) =>
        Effect.map(
          bounded(sql`
            UPDATE royalty_imports SET status = 'failed', leased_until = NULL, finished_at = ${DateTime.toDate(at)}
            WHERE ${ours(claimed)} RETURNING 1`),
          some
        ),
      waiting: (ids) =>
        ids.length === 0
          ? Effect.succeed(new Set())
          : Effect.map(
              bounded(
                Effect.flatMap(
                  sql`SELECT id FROM royalty_imports
                    WHERE ${sql.in("id", ids)} AND status IN ('pending', 'processing')`,
                  decodeIds
                )
              ),
              (rows) => new Set(rows.map(({ id }) => id))
            )
    })
  })
)
