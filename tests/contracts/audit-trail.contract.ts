import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer } from "effect"
import {
  cursorAfter,
  type EventEnvelope,
  Ids,
  type Inbox,
  type ListQuery,
  planList,
  systemContext,
  type Transaction,
  UserId
} from "@veza/domain/kernel"
import {
  type AuditEntry,
  type AuditFilter,
  auditList,
  AuditTrail,
  recordEvent,
  Sha256,
  tie,
  verifyAuditTrail
} from "@veza/domain/platform"
import { at } from "./samples.ts"

type Ports = AuditTrail | Inbox | Transaction | Ids | Sha256

const newEvent = Effect.fnUntraced(function* (given: Partial<EventEnvelope> = {}) {
  const ids = yield* Ids
  return {
    id: yield* ids.row,
    type: "user.logged_out",
    aggregate: "user:1",
    payload: { user_id: yield* ids.entity, session_id: "a session" },
    context: systemContext,
    occurred_at: at(0),
    ...given
  } satisfies EventEnvelope
})

const list = Effect.fnUntraced(function* (filter: AuditFilter, query: ListQuery) {
  const plan = yield* planList(auditList, query, filter)
  return { plan, page: yield* (yield* AuditTrail).list(filter, plan) }
})
const found = (filter: AuditFilter, query: ListQuery = { limit: 100 }) =>
  Effect.map(list(filter, query), ({ page }) => page.items.map(({ id }) => id))
/** Follows the cursors of a list from its beginning to its end, as a client does. */
const walk = Effect.fnUntraced(function* (filter: AuditFilter, query: ListQuery) {
  const seen: Array<AuditEntry> = []
  let cursor = ""
  for (let i = 0; i < 100; i++) {
    const { plan, page } = yield* list(filter, { ...query, cursor })
    seen.push(...page.items)
    if (page.next === undefined) return seen
    cursor = cursorAfter(auditList, plan, filter, page.next)
  }
  return assert.fail("the list has no end")
})
const verified = verifyAuditTrail(1, () => {})

/** What every audit trail does. */
export const auditTrailContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`AuditTrail: ${name}`, (it) => {
    it.effect("gives an entry back as it was entered, down to the byte", () =>
      Effect.gen(function* () {
        const actor = yield* (yield* Ids).entity
        const context = { actor_id: actor, ip: "2001:db8::1", user_agent: 'ü "q" \\ 𝄞', request_id: "r-1" }
        const payload = { user_id: actor, session_id: "é\n\t", method: "password", token: "secret" }
        const event = yield* newEvent({ type: "user.logged_in", context, payload, occurred_at: at(0.123) })
        yield* recordEvent(event)
        const trail = yield* AuditTrail
        const head = yield* trail.head
        const [entry] = yield* trail.entriesFrom(head.sequence, 10)
        assert.deepInclude(entry, {
          id: event.id,
          actor,
          action: "user.logged_in",
          resource: "user",
          resourceId: actor,
          ip: "2001:db8::1",
          userAgent: context.user_agent,
          requestId: "r-1",
          hash: head.hash
        })
        assert.deepStrictEqual(entry?.metadata, { session_id: "é\n\t", method: "password" })
        assert.isTrue(entry !== undefined && DateTime.Equivalence(entry.at, at(0.123)))
        assert.isUndefined((yield* verified).fault)
      })
    )

    it.effect("is one chain however many extend it at the same time, each event in it once", () =>
      Effect.gen(function* () {
        const trail = yield* AuditTrail
        const before = yield* trail.head
        const events = yield* Effect.forEach(Array.from({ length: 12 }), () => newEvent())
        yield* Effect.forEach([...events, ...events, ...events], recordEvent, { concurrency: "unbounded" })
        const after = yield* trail.head
        assert.strictEqual(after.sequence - before.sequence, 12)
        const entries = yield* trail.entriesFrom(before.sequence + 1, 100)
        assert.sameMembers(
          entries.map(({ id }) => id),
          events.map(({ id }) => id)
        )
        const verdict = yield* verified
        assert.deepStrictEqual(verdict, { checked: after.sequence, head: after, fault: undefined })
      })
    )

    it.effect("takes one of those that go on from the same end", () =>
      Effect.gen(function* () {
        const trail = yield* AuditTrail
        const sha256 = yield* Sha256
        const head = yield* trail.head
        const rivals = yield* Effect.forEach(Array.from({ length: 8 }), () =>
          Effect.map(newEvent(), ({ id }) =>
            tie(
              {
                id,
                at: at(1),
                actor: null,
                action: "user.verified",
                resource: "user",
                resourceId: null,
                ip: null,
                userAgent: null,
                requestId: null,
                metadata: {}
              },
              head,
              sha256
            )
          )
        )
        const taken = yield* Effect.forEach(rivals, (entry) => trail.append(entry), { concurrency: "unbounded" })
        assert.strictEqual(taken.filter((one) => one).length, 1)
        assert.strictEqual((yield* trail.head).sequence, head.sequence + 1)
        assert.isUndefined((yield* verified).fault)
      })
    )

    it.effect("leaves nothing of an event that leaves no entry", () =>
      Effect.gen(function* () {
        const before = yield* (yield* AuditTrail).head
        yield* recordEvent(yield* newEvent({ type: "mail.requested", payload: { to: "a@example.org", token: "t" } }))
        yield* recordEvent(yield* newEvent({ type: "nobody.knows" }))
        assert.deepStrictEqual(yield* (yield* AuditTrail).head, before)
      })
    )

    it.effect("checks from an entry in the middle, believing the one before it", () =>
      Effect.gen(function* () {
        for (let i = 0; i < 3; i++) yield* recordEvent(yield* newEvent())
        const head = yield* (yield* AuditTrail).head
        assert.strictEqual((yield* verifyAuditTrail(head.sequence - 1, () => {})).checked, 2)
        assert.strictEqual((yield* verifyAuditTrail(head.sequence + 1, () => {})).fault, undefined)
        assert.deepStrictEqual((yield* verifyAuditTrail(head.sequence + 2, () => {})).fault, {
          sequence: head.sequence + 1,
          id: null,
          kind: "missing"
        })
      })
    )

    it.effect("is found by every filter, and by those together", () =>
      Effect.gen(function* () {
        const actor = UserId.make(yield* (yield* Ids).entity)
        const resourceId = yield* (yield* Ids).entity
        const one = yield* newEvent({
          payload: { user_id: resourceId },
          context: { ...systemContext, actor_id: actor },
          occurred_at: at(5000)
        })
        const other = yield* newEvent({
          type: "track.shared",
          payload: { track_id: resourceId },
          occurred_at: at(6000)
        })
        yield* recordEvent(one)
        yield* recordEvent(other)
        assert.deepStrictEqual(yield* found({ actor }), [one.id])
        assert.deepStrictEqual(yield* found({ resourceId }), [other.id, one.id])
        assert.deepStrictEqual(yield* found({ action: "track.shared" }), [other.id])
        assert.deepStrictEqual(yield* found({ resource: "track" }), [other.id])
        assert.deepStrictEqual(yield* found({ from: at(5000), to: at(6000) }), [one.id])
        assert.deepStrictEqual(yield* found({ resourceId, action: "track.shared", actor }), [])
      })
    )

    it.effect("is listed by time in both directions, by cursor and by page, without gap or repetition", () =>
      Effect.gen(function* () {
        const resourceId = yield* (yield* Ids).entity
        const events: Array<EventEnvelope> = []
        for (let i = 0; i < 7; i++) {
          events.push(yield* newEvent({ payload: { user_id: resourceId }, occurred_at: at(7000 + (i % 3)) }))
        }
        yield* Effect.forEach(events, recordEvent)
        const rising = events
          .toSorted(
            (a, b) =>
              DateTime.toEpochMillis(a.occurred_at) - DateTime.toEpochMillis(b.occurred_at) || (a.id < b.id ? -1 : 1)
          )
          .map(({ id }) => id)
        for (const order of ["asc", "desc"]) {
          const seen = yield* walk({ resourceId }, { limit: 2, sort: "at", order })
          const ids = seen.map(({ id }) => id)
          assert.deepStrictEqual(ids, order === "asc" ? rising : rising.toReversed())
        }
        const { page } = yield* list({ resourceId }, { page: 2, limit: 3 })
        assert.deepStrictEqual(
          page.items.map(({ id }) => id),
          rising.toReversed().slice(3, 6)
        )
        assert.deepStrictEqual(page.counted, { page: 2, total: 7, isLowerBound: false })
      })
    )

    it.effect("counts by action within a period, the most frequent first", () =>
      Effect.gen(function* () {
        const trail = yield* AuditTrail
        for (const type of ["user.verified", "track.ready", "track.ready"]) {
          yield* recordEvent(yield* newEvent({ type, occurred_at: at(9000) }))
        }
        assert.deepStrictEqual(yield* trail.countByAction(at(9000), at(9001)), [
          { action: "track.ready", count: 2 },
          { action: "user.verified", count: 1 }
        ])
        assert.deepStrictEqual(yield* trail.countByAction(at(9001), at(9002)), [])
      })
    )
  })
