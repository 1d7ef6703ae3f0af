import { DateTime, Duration, Effect, Layer, Queue, Schema } from "effect"
import { EventContext, EventEnvelope, Ids, Outbox } from "@veza/domain/kernel"
import { OutboxQueue } from "@veza/domain/platform"
import { bounded, Database } from "./client.ts"

const channel = "veza_outbox"

/** Appends in the current transaction; the relay is woken when it commits. */
export const outboxPostgres = Layer.effect(
  Outbox,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const ids = yield* Ids
    return Outbox.of({
      append: Effect.fnUntraced(function* (events) {
        const now = DateTime.toDate(yield* DateTime.now)
        for (const event of events) {
          const id = yield* ids.row
          yield* bounded(sql`
            INSERT INTO outbox (id, type, aggregate, payload, context, occurred_at, available_at)
            VALUES (${id}, ${event.type}, ${event.aggregate}, ${JSON.stringify(event.payload)}::jsonb,
              ${JSON.stringify(event.context)}::jsonb, ${now}, ${now})`)
        }
        yield* bounded(sql`SELECT pg_notify(${channel}, '')`)
      })
    })
  })
)

const Claimed = Schema.Struct({
  sequence: Schema.String,
  attempts: Schema.Int,
  id: Schema.String,
  type: Schema.String,
  aggregate: Schema.String,
  payload: Schema.Unknown,
  context: EventContext,
  occurredAt: Schema.DateTimeUtcFromDate
})
const decodeClaimed = Schema.decodeUnknownEffect(Schema.Array(Claimed))

export const outboxQueuePostgres = Layer.effect(
  OutboxQueue,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const news = yield* Queue.sliding<void>(1)
    const listen = Effect.scoped(
      Effect.flatMap(sql.listen(channel), (notifications) =>
        Effect.forever(Effect.andThen(Queue.take(notifications), Queue.offer(news, undefined)))
      )
    )
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.ignoreCause(listen), Effect.sleep("1 second"))))
    return OutboxQueue.of({
      claim: Effect.fnUntraced(function* (limit, leaseFor) {
        const now = yield* DateTime.now
        const rows = yield* bounded(sql`
          UPDATE outbox SET attempts = attempts + 1,
            leased_until = ${DateTime.toDate(DateTime.addDuration(now, leaseFor))}
          WHERE sequence IN (
            SELECT o.sequence FROM outbox o
            WHERE o.available_at <= ${DateTime.toDate(now)}
              AND (o.leased_until IS NULL OR o.leased_until <= ${DateTime.toDate(now)})
              AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.aggregate = o.aggregate AND e.sequence < o.sequence)
            ORDER BY o.sequence LIMIT ${limit} FOR UPDATE SKIP LOCKED)
          RETURNING sequence::text, attempts, id, type, aggregate, payload, context, occurred_at AS "occurredAt"`)
        const claimed = yield* Effect.orDie(decodeClaimed(rows))
        return claimed
          .toSorted((a, b) => Number(BigInt(a.sequence) - BigInt(b.sequence)))
          .map(({ sequence, attempts, occurredAt, ...event }) => ({
            sequence,
            attempts,
            event: { ...event, occurred_at: occurredAt } satisfies EventEnvelope
          }))
      }),
      extend: Effect.fnUntraced(function* (sequence, leaseFor) {
        const until = DateTime.toDate(DateTime.addDuration(yield* DateTime.now, leaseFor))
        yield* bounded(sql`UPDATE outbox SET leased_until = ${until} WHERE sequence = ${sequence}::bigint`)
      }),
      release: (sequence) =>
        bounded(sql`
          UPDATE outbox SET leased_until = NULL, attempts = attempts - 1
          WHERE sequence = ${sequence}::bigint AND attempts > 0`),
      done: (sequence) => bounded(sql`DELETE FROM outbox WHERE sequence = ${sequence}::bigint`),
      retryAt: (sequence, at, error) =>
        bounded(sql`
          UPDATE outbox SET leased_until = NULL, available_at = ${DateTime.toDate(at)}, last_error = ${error}
          WHERE sequence = ${sequence}::bigint`),
      bury: (sequence, error) =>
        bounded(sql`
          WITH gone AS (DELETE FROM outbox WHERE sequence = ${sequence}::bigint RETURNING *)
          INSERT INTO outbox_buried (id, type, aggregate, payload, context, occurred_at, attempts, last_error)
          SELECT id, type, aggregate, payload, context, occurred_at, attempts, ${error} FROM gone`),
      awaitNews: Effect.asVoid(Effect.timeoutOption(Queue.take(news), Duration.seconds(1))),
      backlog: Effect.gen(function* () {
        const now = DateTime.toDate(yield* DateTime.now)
        const rows = yield* bounded(sql<{ depth: number; oldestAge: number }>`
          SELECT count(*)::int AS depth,
            greatest(0, coalesce(extract(epoch FROM ${now}::timestamptz - min(occurred_at)), 0))::float8 AS "oldestAge"
          FROM outbox`)
        return rows[0] ?? { depth: 0, oldestAge: 0 }
      })
    })
  })
)
