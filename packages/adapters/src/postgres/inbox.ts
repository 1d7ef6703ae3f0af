import { DateTime, Effect, Layer } from "effect"
import { Inbox } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

export const inboxPostgres = Layer.effect(
  Inbox,
  Effect.map(Database, ({ sql }) =>
    Inbox.of({
      seen: (consumer, eventId) =>
        Effect.map(
          bounded(sql`SELECT 1 FROM inbox WHERE consumer = ${consumer} AND event_id = ${eventId}`),
          (rows) => rows.length > 0
        ),
      record: (consumer, eventId) =>
        Effect.map(
          bounded(sql`
            INSERT INTO inbox (consumer, event_id) VALUES (${consumer}, ${eventId})
            ON CONFLICT DO NOTHING RETURNING 1`),
          (rows) => rows.length > 0
        ),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`DELETE FROM inbox WHERE (consumer, event_id) IN (
              SELECT consumer, event_id FROM inbox WHERE handled_at < ${DateTime.toDate(before)} LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  )
)
