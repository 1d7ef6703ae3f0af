import { DateTime, Effect, Layer, Schema } from "effect"
import { DeliveryId, PaymentDeliveries } from "@veza/domain/payments"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const decodeOpen = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      id: DeliveryId,
      payload: Schema.Uint8Array,
      signature: Schema.NullOr(Schema.String),
      attempts: Schema.Int
    })
  )
)
const decodeIds = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ id: DeliveryId })))

const dateOf = (at: DateTime.Utc | undefined): Date | null => (at === undefined ? null : DateTime.toDate(at))

export const paymentDeliveriesPostgres = Layer.effect(
  PaymentDeliveries,
  Effect.map(Database, ({ sql }) =>
    PaymentDeliveries.of({
      record: (delivery) =>
        bounded(sql`
          INSERT INTO payment_webhooks (id, received_at, payload, signature, signature_valid, event_id, event_type, result,
            finished_at, retry_at, ip, user_agent, request_id)
          VALUES (${delivery.id}, ${DateTime.toDate(delivery.receivedAt)}, ${delivery.payload},
            ${delivery.signature ?? null}, ${delivery.signatureValid}, ${delivery.eventId ?? null},
            ${delivery.eventType ?? null}, ${delivery.result ?? null},
            ${delivery.result === undefined ? null : DateTime.toDate(delivery.receivedAt)}, ${dateOf(delivery.retryAt)},
            ${delivery.ip}, ${delivery.userAgent}, ${delivery.requestId})`),
      take: (id) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`
                SELECT id, payload, signature, attempts FROM payment_webhooks
                WHERE id = ${id} AND retry_at IS NOT NULL FOR UPDATE SKIP LOCKED`,
              decodeOpen
            )
          ),
          ([open]) => (open === undefined ? undefined : { ...open, signature: open.signature ?? undefined })
        ),
      finish: (id, { result, at, retryAt }) =>
        bounded(sql`
          UPDATE payment_webhooks SET result = ${result}, finished_at = ${DateTime.toDate(at)},
            retry_at = ${dateOf(retryAt)}, attempts = attempts + 1
          WHERE id = ${id}`),
      claim: (eventId, at) =>
        Effect.map(
          bounded(sql`
            INSERT INTO payment_events (event_id, taken_at) VALUES (${eventId}, ${DateTime.toDate(at)})
            ON CONFLICT DO NOTHING RETURNING 1`),
          (rows) => rows.length > 0
        ),
      due: (now, limit) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`
                SELECT id FROM payment_webhooks WHERE retry_at <= ${DateTime.toDate(now)}
                ORDER BY retry_at LIMIT ${limit}`,
              decodeIds
            )
          ),
          (rows) => rows.map(({ id }) => id)
        ),
      forget: Effect.fnUntraced(function* (before) {
        const day = DateTime.toDate(before)
        const deliveries = yield* inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM payment_webhooks WHERE id IN (
                SELECT id FROM payment_webhooks WHERE received_at < ${day} LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
        yield* inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM payment_events WHERE event_id IN (
                SELECT event_id FROM payment_events WHERE taken_at < ${day} LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
        return deliveries
      })
    })
  )
)
