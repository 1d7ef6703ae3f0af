import { assert, describe, it, layer } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { idsCrypto, sha256Crypto } from "@veza/adapters/crypto"
import { Database, postgresPorts } from "@veza/adapters/postgres"
import { type EventEnvelope, Ids, systemContext } from "@veza/domain/kernel"
import { AuditTrail, recordEvent, verifyAuditTrail } from "@veza/domain/platform"
import { connect, freshDatabase } from "../support/database.ts"
import { postgresAdapters } from "../support/postgres-adapters.ts"

const newEvent = Effect.fnUntraced(function* () {
  const ids = yield* Ids
  const event: EventEnvelope = {
    id: yield* ids.row,
    type: "user.logged_in",
    aggregate: "user:1",
    payload: { user_id: yield* ids.entity, session_id: yield* ids.entity, method: "password" },
    context: { ...systemContext, ip: "192.0.2.1" },
    occurred_at: yield* DateTime.now
  }
  return event
})
const enter = (count: number) =>
  Effect.forEach(Array.from({ length: count }), () => Effect.flatMap(newEvent(), recordEvent), { discard: true })

/** What somebody with the database's password does; the trigger that keeps others from it stands aside meanwhile. */
const tamper = Effect.fnUntraced(function* (statement: string) {
  const { sql } = yield* Database
  yield* sql.unsafe("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only")
  yield* sql.unsafe(statement)
  yield* sql.unsafe("ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_entries_append_only")
})
const verified = Effect.map(
  verifyAuditTrail(1, () => {}),
  ({ fault }) => fault && [fault.sequence, fault.kind]
)

const attacks: ReadonlyArray<readonly [string, string, number, string]> = [
  ["who did it", "UPDATE audit_entries SET actor = 'somebody else' WHERE sequence = 4", 4, "changed"],
  ["where from", "UPDATE audit_entries SET ip = NULL WHERE sequence = 4", 4, "changed"],
  ["when", "UPDATE audit_entries SET at = at + interval '1 millisecond' WHERE sequence = 4", 4, "changed"],
  ["a detail", `UPDATE audit_entries SET metadata = '{"method":"oauth"}' WHERE sequence = 4`, 4, "changed"],
  ["the hash", "UPDATE audit_entries SET hash = sha256('x') WHERE sequence = 4", 4, "changed"],
  ["the tie", "UPDATE audit_entries SET previous = sha256('x') WHERE sequence = 4", 4, "untied"],
  ["an entry that is gone", "DELETE FROM audit_entries WHERE sequence = 4", 4, "missing"],
  ["the first that is gone", "DELETE FROM audit_entries WHERE sequence = 1", 1, "missing"],
  ["the last that is gone", "DELETE FROM audit_entries WHERE sequence = 7", 7, "missing"],
  [
    "a hole that was closed",
    "DELETE FROM audit_entries WHERE sequence = 4; UPDATE audit_entries SET sequence = sequence - 1 WHERE sequence > 4",
    4,
    "untied"
  ],
  ["an end set back", "UPDATE audit_head SET sequence = 6, hash = sha256('x')", 7, "cut"]
]

for (const [what, statements, sequence, kind] of attacks) {
  layer(postgresAdapters)(`an audit trail in which somebody changed ${what}`, (it) => {
    it.effect("is found broken there", () =>
      Effect.gen(function* () {
        yield* enter(7)
        assert.isUndefined(yield* verified)
        for (const statement of statements.split("; ")) yield* tamper(statement)
        assert.deepStrictEqual(yield* verified, [sequence, kind])
      })
    )
  })
}

layer(postgresAdapters)("the table of audit entries", (it) => {
  it.effect("refuses whatever would change it, even to replication", () =>
    Effect.gen(function* () {
      const { sql } = yield* Database
      yield* enter(1)
      const role = "SET LOCAL session_replication_role = 'replica'"
      for (const statement of [
        "UPDATE audit_entries SET ip = NULL",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "DELETE FROM audit_entries WHERE false"
      ]) {
        const refusal = yield* Effect.flip(sql.unsafe(statement))
        assert.include(String(refusal.reason.cause), "append-only")
        yield* Effect.flip(sql.withTransaction(Effect.andThen(sql.unsafe(role), sql.unsafe(statement))))
      }
      assert.isUndefined(yield* verified)
    })
  )
})

/** The ports of a process of its own on one database. */
const processOn = (url: string) =>
  postgresPorts.pipe(Layer.provideMerge(connect(url, 6)), Layer.provideMerge(Layer.mergeAll(idsCrypto, sha256Crypto)))

describe("two workers on one database", () => {
  it.live("make one chain of the events that both of them get, and of those that come again", () =>
    Effect.gen(function* () {
      const url = yield* freshDatabase
      const events = yield* Effect.provide(
        Effect.forEach(Array.from({ length: 20 }), () => newEvent()),
        idsCrypto
      )
      const worker = (order: ReadonlyArray<EventEnvelope>) =>
        Effect.provide(Effect.forEach(order, recordEvent, { concurrency: 4, discard: true }), processOn(url))
      yield* Effect.all([worker(events), worker(events.toReversed())], { concurrency: 2 })
      yield* worker(events)
      const verdict = yield* Effect.provide(
        verifyAuditTrail(1, () => {}),
        processOn(url)
      )
      assert.deepInclude(verdict, { checked: 20, fault: undefined })
      const entries = yield* Effect.provide(
        AuditTrail.use((trail) => trail.entriesFrom(1, 100)),
        processOn(url)
      )
      assert.sameMembers(
        entries.map(({ id }) => id),
        events.map(({ id }) => id)
      )
    })
  )
})
