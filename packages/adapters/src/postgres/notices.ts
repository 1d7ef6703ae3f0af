import { DateTime, Effect, Layer, Option, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { Changes } from "@veza/domain/kernel"
import {
  blockingStatuses,
  Notice,
  type NoticeFilter,
  Notices,
  type NoticeSort,
  type NoticeStep,
  statusesBefore
} from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"
import { type KeysetSort, keysetPages } from "./keyset-page.ts"
import { tracksTopic } from "./tracks.ts"

const columns = `id, track_id AS "trackId", owner_id AS "ownerId", track_title AS "trackTitle", status,
  claimant_name AS "claimantName", claimant_address AS "claimantAddress", claimant_phone AS "claimantPhone",
  claimant_email AS "claimantEmail", on_behalf_of AS "onBehalfOf", signature, work_description AS "workDescription",
  work_url AS "workUrl", created_at AS "createdAt", decided_at AS "decidedAt", decided_by AS "decidedBy", reason,
  countered_at AS "counteredAt", counter_name AS "counterName", counter_address AS "counterAddress",
  counter_phone AS "counterPhone", counter_statement AS "counterStatement", counter_signature AS "counterSignature",
  restored_at AS "restoredAt", restored_by AS "restoredBy", claimant_withdrew AS "claimantWithdrew"`

const time = Schema.NullOr(Schema.DateTimeUtcFromDate)
const decodeRow = Schema.decodeUnknownEffect(
  Schema.Struct({
    ...Notice.fields,
    createdAt: Schema.DateTimeUtcFromDate,
    decidedAt: time,
    counteredAt: time,
    restoredAt: time
  })
)
/** Decoding has checked every field already, so the class need not. */
const decode = (row: unknown): Effect.Effect<Notice, Schema.SchemaError> =>
  Effect.map(decodeRow(row), (fields) => new Notice(fields, { disableChecks: true }))

const sorts: Record<NoticeSort, KeysetSort<Notice>> = {
  created_at: { column: "created_at", type: "timestamptz", of: (notice) => DateTime.formatIso(notice.createdAt) }
}

export const noticesPostgres = Layer.effect(
  Notices,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    const pageOf = yield* keysetPages({ table: "dmca_notices", columns, sorts, idOf: ({ id }) => id, decode })
    const selected = sql.literal(columns)

    const matching = ({ status, trackId }: NoticeFilter): ReadonlyArray<Fragment> => [
      sql`true`,
      ...(status === undefined ? [] : [sql`status = ${status}`]),
      ...(trackId === undefined ? [] : [sql`track_id = ${trackId}`])
    ]

    /** What a step writes beside the status. */
    const written = (step: NoticeStep): Fragment => {
      const at = DateTime.toDate(step.at)
      switch (step.to) {
        case "taken_down":
          return sql`decided_at = ${at}, decided_by = ${step.by}`
        case "dismissed":
          return sql`decided_at = ${at}, decided_by = ${step.by}, reason = ${step.reason}`
        case "countered":
          return sql`countered_at = ${at}, counter_name = ${step.statement.name},
            counter_address = ${step.statement.address}, counter_phone = ${step.statement.phone},
            counter_statement = ${step.statement.statement}, counter_signature = ${step.statement.signature}`
        case "restored":
          return sql`restored_at = ${at}, restored_by = ${step.by}, claimant_withdrew = ${step.claimantWithdrew}`
      }
    }
    const forgotten = sql.literal(
      `track_title = NULL, counter_name = NULL, counter_address = NULL, counter_phone = NULL, counter_statement = NULL,
        counter_signature = NULL`
    )

    return Notices.of({
      add: (notice) =>
        bounded(sql`
          INSERT INTO dmca_notices (id, track_id, owner_id, track_title, status, claimant_name, claimant_address,
            claimant_phone, claimant_email, on_behalf_of, signature, work_description, work_url, created_at)
          VALUES (${notice.id}, ${notice.trackId}, ${notice.ownerId}, ${notice.trackTitle}, ${notice.status},
            ${notice.claimantName}, ${notice.claimantAddress}, ${notice.claimantPhone}, ${notice.claimantEmail},
            ${notice.onBehalfOf}, ${notice.signature}, ${notice.workDescription}, ${notice.workUrl},
            ${DateTime.toDate(notice.createdAt)})`),
      byId: (id) =>
        bounded(
          Effect.flatMap(sql`SELECT ${selected} FROM dmca_notices WHERE id = ${id}`, ([row]) =>
            row === undefined ? Effect.succeedNone : Effect.map(decode(row), Option.some)
          )
        ),
      list: (filter, plan) => pageOf(matching(filter), plan),
      take: (id, step) =>
        Effect.map(
          bounded(sql`
            UPDATE dmca_notices SET status = ${step.to}, ${written(step)}
            WHERE id = ${id} AND ${sql.in("status", statusesBefore(step))} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      blockTrack: Effect.fnUntraced(function* (id, at) {
        const blocked = yield* bounded(sql`
          UPDATE tracks SET blocked_at = coalesce(blocked_at, ${DateTime.toDate(at)}::timestamptz)
          WHERE id = ${id} RETURNING 1`)
        if (blocked.length === 0) return false
        yield* changes.announce(tracksTopic, id)
        return true
      }),
      // The lock goes first, in a statement of its own: the next one then sees what others did under theirs.
      releaseTrack: Effect.fnUntraced(function* (id) {
        const found = yield* bounded(sql`SELECT 1 FROM tracks WHERE id = ${id} FOR UPDATE`)
        if (found.length === 0) return "gone"
        const held = yield* bounded(sql`
          SELECT 1 FROM dmca_notices WHERE track_id = ${id} AND ${sql.in("status", blockingStatuses)} LIMIT 1`)
        if (held.length > 0) return "held"
        yield* bounded(sql`UPDATE tracks SET blocked_at = NULL WHERE id = ${id}`)
        yield* changes.announce(tracksTopic, id)
        return "released"
      }),
      ofOwner: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${selected} FROM dmca_notices
              WHERE owner_id = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
              ORDER BY id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, decode)
          )
        ),
      forgetOwner: (owner) => bounded(sql`UPDATE dmca_notices SET ${forgotten} WHERE owner_id = ${owner}`),
      forgetPeople: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`
              UPDATE dmca_notices SET ${forgotten}, claimant_name = NULL, claimant_address = NULL,
                claimant_phone = NULL, claimant_email = NULL, on_behalf_of = NULL, signature = NULL
              WHERE id IN (
                SELECT id FROM dmca_notices n
                WHERE coalesce(restored_at, decided_at, created_at) < ${DateTime.toDate(before)}
                  AND (claimant_name IS NOT NULL OR counter_name IS NOT NULL)
                  AND (status IN ('dismissed', 'restored')
                    OR NOT EXISTS (SELECT 1 FROM tracks t WHERE t.id = n.track_id))
                LIMIT ${batchSize})
              RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  })
)
