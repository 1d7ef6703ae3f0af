import { DateTime, Effect, Layer, Schema } from "effect"
import { Currency } from "@veza/domain/kernel"
import { type Dispute, disputeBefore, Disputes, DisputeStage, DisputeStatus, PaymentId } from "@veza/domain/payments"
import { bounded, Database } from "./client.ts"

const Row = Schema.Struct({
  id: Schema.String,
  paymentId: PaymentId,
  stage: DisputeStage,
  status: DisputeStatus,
  amountMinor: Schema.Int,
  currency: Currency,
  reason: Schema.NullOr(Schema.String),
  challengeUntil: Schema.NullOr(Schema.DateTimeUtcFromDate),
  openedAt: Schema.DateTimeUtcFromDate,
  updatedAt: Schema.DateTimeUtcFromDate
})
const decode = Schema.decodeUnknownEffect(Schema.Array(Row))

const columns = `id, payment_id AS "paymentId", stage, status, amount_minor::float8 AS "amountMinor", currency, reason,
  challenge_until AS "challengeUntil", opened_at AS "openedAt", updated_at AS "updatedAt"`

const disputeOf = ({
  id,
  paymentId,
  stage,
  status,
  amountMinor,
  currency,
  reason,
  challengeUntil
}: typeof Row.Type): Dispute => ({
  id,
  paymentId,
  stage,
  status,
  amount: { amount_minor: amountMinor, currency },
  reason: reason ?? undefined,
  challengeUntil: challengeUntil ?? undefined
})

export const disputesPostgres = Layer.effect(
  Disputes,
  Effect.map(Database, ({ sql }) =>
    Disputes.of({
      record: Effect.fnUntraced(function* (dispute, at) {
        const { id, paymentId, stage, status, amount, reason, challengeUntil } = dispute
        const now = DateTime.toDate(at)
        const until = challengeUntil === undefined ? null : DateTime.toDate(challengeUntil)
        const opened = yield* bounded(sql`
          INSERT INTO payment_disputes (id, payment_id, stage, status, amount_minor, currency, reason, challenge_until,
            opened_at, updated_at)
          VALUES (${id}, ${paymentId}, ${stage}, ${status}, ${amount.amount_minor}, ${amount.currency}, ${reason ?? null},
            ${until}, ${now}, ${now})
          ON CONFLICT (id) DO NOTHING RETURNING 1`)
        if (opened.length > 0) return "opened"
        const { stages, statuses } = disputeBefore(dispute)
        const isNews = [
          ...(stages.length > 0 ? [sql.in("stage", stages)] : []),
          ...(statuses.length > 0 ? [sql`(stage = ${stage} AND ${sql.in("status", statuses)})`] : [])
        ]
        if (isNews.length === 0) return "unchanged"
        const changed = yield* bounded(sql`
          UPDATE payment_disputes SET stage = ${stage}, status = ${status}, reason = coalesce(${reason ?? null}, reason),
            challenge_until = CASE WHEN stage = ${stage} THEN coalesce(${until}::timestamptz, challenge_until)
              ELSE ${until}::timestamptz END,
            updated_at = ${now}
          WHERE id = ${id} AND ${sql.or(isNews)} RETURNING 1`)
        return changed.length > 0 ? "changed" : "unchanged"
      }),
      ofPayment: (paymentId) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`SELECT ${sql.literal(columns)} FROM payment_disputes WHERE payment_id = ${paymentId} ORDER BY id`,
              decode
            )
          ),
          (rows) => rows.map(disputeOf)
        ),
      latest: (statuses, limit) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`
                SELECT ${sql.literal(columns)} FROM payment_disputes WHERE ${sql.in("status", statuses)}
                ORDER BY opened_at DESC, id LIMIT ${limit}`,
              decode
            )
          ),
          (rows) => rows.map((row) => ({ ...disputeOf(row), openedAt: row.openedAt, updatedAt: row.updatedAt }))
        )
    })
  )
)
