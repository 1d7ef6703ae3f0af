import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { UserId } from "@veza/domain/kernel"
import { MandateReference, Mandates, PaymentId } from "@veza/domain/payments"
import { bounded, Database } from "./client.ts"

const decode = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      userId: UserId,
      reference: MandateReference,
      paymentId: PaymentId,
      agreedAt: Schema.DateTimeUtcFromDate
    })
  )
)

export const mandatesPostgres = Layer.effect(
  Mandates,
  Effect.map(Database, ({ sql }) =>
    Mandates.of({
      remember: ({ userId, reference, paymentId, agreedAt }) =>
        Effect.map(
          // The account is locked against deletion, which would otherwise miss what is written here.
          bounded(sql`
            INSERT INTO payment_mandates AS known (user_id, reference, payment_id, agreed_at)
            SELECT id, ${reference}, ${paymentId}, ${DateTime.toDate(agreedAt)}::timestamptz FROM users
            WHERE id = ${userId} AND deleted_at IS NULL FOR SHARE
            ON CONFLICT (user_id) DO UPDATE
              SET reference = excluded.reference, payment_id = excluded.payment_id, agreed_at = excluded.agreed_at
              WHERE known.agreed_at < excluded.agreed_at
            RETURNING 1`),
          (rows) => rows.length > 0
        ),
      of: (userId) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`
                SELECT user_id AS "userId", reference, payment_id AS "paymentId", agreed_at AS "agreedAt"
                FROM payment_mandates WHERE user_id = ${userId}`,
              decode
            )
          ),
          ([mandate]) => Option.fromNullishOr(mandate)
        ),
      forget: (userId) => bounded(sql`DELETE FROM payment_mandates WHERE user_id = ${userId}`)
    })
  )
)
