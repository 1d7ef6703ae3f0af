import { DateTime, Effect, Layer, Schema } from "effect"
import { Currency } from "@veza/domain/kernel"
import { type Dispute, disputeMachine, Disputes, DisputeStatus, PaymentId } from "@veza/domain/payments"
import { bounded, Database } from "./client.ts"

const Row = Schema.Struct({
  id: Schema.String,
  paymentId: PaymentId,
  status: DisputeStatus,
  amountMinor: Schema.Int,
  currency: Currency,
  reason: Schema.NullOr(Schema.String),
  challengeUntil: Schema.NullOr(Schema.DateTimeUtcFromDate),
  openedAt: Schema.DateTimeUtcFromDate,
  updatedAt: Schema.DateTimeUtcFromDate
})
const decode = Schema.decodeUnknownEffect(Schema.Array(Row))

const columns = `id, payment_id AS "paymentId", status, amount_minor::float8 AS "amountMinor", currency, reason,
  challenge_until AS "challengeUntil", opened_at AS "openedAt", updated_at AS "updatedAt"`

const disputeOf = ({
  id,
  paymentId,
  status,
  amountMinor,
  currency,
  reason,
  challengeUntil
}: typeof Row.Type): Dispute => ({
  id,
  paymentId,
  status,
  amount: { amount_minor: amountMinor, currency },
  reason: reason ?? undefined,
  challengeUntil: challengeUntil ?? undefined
})

export const disputesPostgres = Layer.effect(
  Disputes,
  Effect.map(Database, ({ sql }) =>
    Disputes.of({
      record: Effect.fnUntraced(function* ({ id, paymentId, status, amount, reason, challengeUntil }, at) {
        const now = DateTime.toDate(at)
        const opened = yield* bounded(sql`
          INSERT INTO payment_disputes (id, payment_id, status, amount_minor, currency, reason, challenge_until, opened_at,
            updated_at)
          VALUES (${id}, ${paymentId}, ${status}, ${amount.amount_minor}, ${amount.currency}, ${reason ?? null},
            ${challengeUntil === undefined ? null : DateTime.toDate(challengeUntil)}, ${now}, ${now})
          ON CONFLICT (id) DO NOTHING RETURNING 1`)
        if (opened.length > 0) return "opened"
        const before = disputeMachine.before(status)
        if (before.length === 0) return "unchanged"
        const changed = yield* bounded(sql`
          UPDATE payment_disputes SET status = ${status}, reason = coalesce(${reason ?? null}, reason), updated_at = ${now}
          WHERE id = ${id} AND ${sql.in("status", before)} RETURNING 1`)
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
