import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { type Export, ExportId, ExportStatus, Exports, TooManyExports, UserNotFound } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const ExportRow = Schema.Struct({
  id: ExportId,
  userId: UserId,
  status: ExportStatus,
  attempts: Schema.Int,
  sizeBytes: Schema.NullOr(Schema.Finite),
  requestedAt: Schema.DateTimeUtcFromDate,
  readyAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  expiresAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
const decode = Schema.decodeUnknownEffect(Schema.Array(ExportRow))

const first = (rows: ReadonlyArray<unknown>): Effect.Effect<Option.Option<Export>, Schema.SchemaError> =>
  Effect.map(decode(rows), ([found]) => Option.fromNullishOr(found))
const some = (rows: ReadonlyArray<unknown>): boolean => rows.length > 0
const count = (rows: ReadonlyArray<unknown>): number => rows.length

export const exportsPostgres = Layer.effect(
  Exports,
  Effect.map(Database, ({ sql }) => {
    const columns = sql.literal(
      `id, user_id AS "userId", status, attempts, size_bytes::float8 AS "sizeBytes", requested_at AS "requestedAt",
        ready_at AS "readyAt", expires_at AS "expiresAt"`
    )
    /** The lock on the owner's row makes those who ask at the same time count one after the other. */
    const add = Effect.fnUntraced(function* (
      ...[id, owner, at, { limit, since }]: Parameters<Exports["Service"]["add"]>
    ) {
      const owners = yield* bounded(sql`SELECT 1 FROM users WHERE id = ${owner} AND deleted_at IS NULL FOR UPDATE`)
      if (!some(owners)) return yield* new UserNotFound()
      const [full] = yield* bounded(sql<{ retryAfter: number }>`
        SELECT ceil(extract(epoch FROM requested_at - ${DateTime.toDate(since)}::timestamptz))::int AS "retryAfter"
        FROM exports WHERE user_id = ${owner} AND requested_at > ${DateTime.toDate(since)} AND status <> 'failed'
        ORDER BY requested_at DESC OFFSET ${limit - 1} LIMIT 1`)
      if (full !== undefined) return yield* new TooManyExports({ retryAfter: Math.max(1, full.retryAfter) })
      yield* bounded(sql`
        INSERT INTO exports (id, user_id, status, requested_at)
        VALUES (${id}, ${owner}, 'pending', ${DateTime.toDate(at)})`)
    })
    return Exports.of({
      add: (...request) => sql.withTransaction(add(...request)).pipe(Effect.catchTag("SqlError", Effect.die)),
      of: (owner, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM exports WHERE user_id = ${owner} ORDER BY requested_at DESC, id LIMIT ${limit}`,
            decode
          )
        ),
      byId: (id) => bounded(Effect.flatMap(sql`SELECT ${columns} FROM exports WHERE id = ${id}`, first)),
      claim: (id, at, until) =>
        bounded(
          Effect.flatMap(
            sql`UPDATE exports SET attempts = attempts + 1, leased_until = ${DateTime.toDate(until)}
              WHERE id = ${id} AND status = 'pending' AND (leased_until IS NULL OR leased_until <= ${DateTime.toDate(at)})
              RETURNING ${columns}`,
            first
          )
        ),
      hold: (id, attempt, until) =>
        Effect.map(
          bounded(sql`
            UPDATE exports SET leased_until = ${DateTime.toDate(until)}
            WHERE id = ${id} AND attempts = ${attempt} AND status = 'pending' RETURNING 1`),
          some
        ),
      release: (id, attempt) =>
        bounded(sql`UPDATE exports SET leased_until = NULL WHERE id = ${id} AND attempts = ${attempt}`),
      finish: (id, attempt, { sizeBytes, at, expiresAt }) =>
        Effect.map(
          bounded(sql`
            UPDATE exports SET status = 'ready', leased_until = NULL, size_bytes = ${sizeBytes},
              ready_at = ${DateTime.toDate(at)}, expires_at = ${DateTime.toDate(expiresAt)}
            WHERE id = ${id} AND attempts = ${attempt} AND status = 'pending' RETURNING 1`),
          some
        ),
      fail: (id, attempt) =>
        Effect.map(
          bounded(sql`
            UPDATE exports SET status = 'failed', leased_until = NULL
            WHERE id = ${id} AND attempts = ${attempt} AND status = 'pending' RETURNING 1`),
          some
        ),
      withdraw: (owner) =>
        Effect.map(
          bounded(sql`
            UPDATE exports SET status = 'expired' WHERE user_id = ${owner} AND status IN ('pending', 'ready') RETURNING 1`),
          count
        ),
      expire: (at) =>
        inBatches(
          Effect.map(
            bounded(sql`
              UPDATE exports SET status = 'expired' WHERE id IN (
                SELECT id FROM exports WHERE status = 'ready' AND expires_at <= ${DateTime.toDate(at)} LIMIT ${batchSize})
              RETURNING 1`),
            count
          )
        ),
      abandon: (before, at) =>
        inBatches(
          Effect.map(
            bounded(sql`
              UPDATE exports SET status = 'failed' WHERE id IN (
                SELECT id FROM exports WHERE status = 'pending' AND requested_at < ${DateTime.toDate(before)}
                  AND (leased_until IS NULL OR leased_until <= ${DateTime.toDate(at)}) LIMIT ${batchSize})
                AND status = 'pending' RETURNING 1`),
            count
          )
        ),
      uncleaned: (owner, at, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM exports WHERE status IN ('failed', 'expired') AND cleaned_at IS NULL
              AND (leased_until IS NULL OR leased_until <= ${DateTime.toDate(at)})
              AND (${owner ?? null}::uuid IS NULL OR user_id = ${owner ?? null}::uuid)
              ORDER BY requested_at LIMIT ${limit}`,
            decode
          )
        ),
      markCleaned: (id, at) => bounded(sql`UPDATE exports SET cleaned_at = ${DateTime.toDate(at)} WHERE id = ${id}`),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM exports WHERE id IN (
                SELECT id FROM exports WHERE cleaned_at < ${DateTime.toDate(before)} LIMIT ${batchSize}) RETURNING 1`),
            count
          )
        )
    })
  })
)
