import { Clock, DateTime, Duration, Effect, Layer } from "effect"
import { OutboxQueue } from "@veza/domain/platform"
import { OutboxNews } from "./outbox-news.ts"
import type { OutboxRow, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, put } from "./tables.ts"

const inOrder = (tables: Tables): ReadonlyArray<OutboxRow> =>
  all(tables, "outbox").toSorted((a, b) => a.sequence - b.sequence)

/** The oldest row of each aggregate. */
const heads = (tables: Tables): ReadonlyArray<OutboxRow> => {
  const begun = new Set<string>()
  return inOrder(tables).filter(({ event }) => !begun.has(event.aggregate) && begun.add(event.aggregate))
}

export const outboxQueueMemory = Layer.effect(
  OutboxQueue,
  Effect.gen(function* () {
    const store = yield* Store
    const news = yield* OutboxNews
    const withRow = (sequence: string, f: (row: OutboxRow, tables: Tables) => Tables) =>
      store.change((tables) => {
        const row = get(tables, "outbox", sequence)
        return [undefined, row === undefined ? tables : f(row, tables)]
      })

    return OutboxQueue.of({
      claim: Effect.fnUntraced(function* (limit, leaseFor) {
        const now = yield* Clock.currentTimeMillis
        const leasedUntil = now + Duration.toMillis(leaseFor)
        return yield* store.change((tables) => {
          const claimed = heads(tables)
            .filter((row) => row.availableAt <= now && row.leasedUntil <= now)
            .slice(0, limit)
            .map((row) => ({ ...row, attempts: row.attempts + 1, leasedUntil }))
          return [
            claimed.map(({ sequence, attempts, event }) => ({ sequence: String(sequence), attempts, event })),
            claimed.reduce((left, row) => put(left, "outbox", String(row.sequence), row), tables)
          ]
        })
      }),
      extend: (sequence, leaseFor) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          withRow(sequence, (row, tables) =>
            put(tables, "outbox", sequence, { ...row, leasedUntil: now + Duration.toMillis(leaseFor) })
          )
        ),
      release: (sequence) =>
        withRow(sequence, (row, tables) =>
          put(tables, "outbox", sequence, { ...row, leasedUntil: 0, attempts: Math.max(0, row.attempts - 1) })
        ),
      done: (sequence) => withRow(sequence, (_, tables) => drop(tables, "outbox", sequence)),
      retryAt: (sequence, at, lastError) =>
        withRow(sequence, (row, tables) =>
          put(tables, "outbox", sequence, {
            ...row,
            leasedUntil: 0,
            availableAt: DateTime.toEpochMillis(at),
            lastError
          })
        ),
      bury: (sequence, lastError) =>
        withRow(sequence, (row, tables) =>
          put(drop(tables, "outbox", sequence), "buried", sequence, { ...row, lastError })
        ),
      awaitNews: Effect.andThen(Effect.timeoutOption(news.await, Duration.seconds(1)), Effect.asVoid(news.close)),
      backlog: Effect.flatMap(Clock.currentTimeMillis, (now) =>
        store.read((tables) => {
          const [oldest, ...rest] = inOrder(tables)
          return oldest === undefined
            ? { depth: 0, oldestAge: 0 }
            : { depth: 1 + rest.length, oldestAge: (now - DateTime.toEpochMillis(oldest.event.occurred_at)) / 1000 }
        })
      )
    })
  })
)
