import { randomBytes } from "node:crypto"
import { assert, describe, it, layer } from "@effect/vitest"
import { DateTime, Deferred, Effect, Fiber, Layer } from "effect"
import { idsCrypto, secretsCrypto, sha256Crypto, uuidV7 } from "@veza/adapters/crypto"
import { Database, postgresPorts } from "@veza/adapters/postgres"
import { Day, Transaction, type UserId } from "@veza/domain/kernel"
import {
  PlaySessionId,
  Plays,
  PlaySessions,
  PlayStatistics,
  rollUpPlays,
  type TrackId,
  TrackChanges
} from "@veza/domain/tracks"
import { dayNumber, noon, play } from "../contracts/plays.samples.ts"
import { addReadyTrack, addUser, newUserId } from "../contracts/samples.ts"
import { connect, freshDatabase } from "../support/database.ts"
import { postgresAdapters } from "../support/postgres-adapters.ts"

/** The ports of a process of its own on one database. */
const processOn = (url: string) =>
  postgresPorts.pipe(
    Layer.provideMerge(connect(url, 6)),
    Layer.provideMerge(Layer.mergeAll(idsCrypto, secretsCrypto, sha256Crypto))
  )

const days = 20
/** Plays of a track by some users in turns, six on a day from the day `first` on. */
const listen = Effect.fnUntraced(function* (track: TrackId, users: ReadonlyArray<UserId>, count: number, first = 0) {
  for (let n = 0; n < count; n++) {
    const day = first + Math.floor(n / 6)
    const userId = users[n % users.length]
    // Whatever the clock says: events of one day come before those of the next.
    const id = uuidV7(DateTime.toEpochMillis(noon(day)) + n, randomBytes(10).toString("hex"))
    yield* play(track, day, { id, ...(userId === undefined ? {} : { userId }) })
  }
})
const wholePeriod = [dayNumber(0), dayNumber(days)] as const

/** What the counts hold, each way they hold it, and what the raw events say. */
const totals = Effect.fnUntraced(function* (track: TrackId) {
  const { sql } = yield* Database
  const statistics = yield* PlayStatistics
  const byDay = yield* statistics.days(track, ...wholePeriod)
  const [shown] = yield* sql<{ count: number }>`SELECT play_count AS count FROM tracks WHERE id = ${track}`
  const [raw] = yield* sql<{ plays: number; listeners: number }>`
    SELECT count(*)::int AS plays, count(DISTINCT user_id)::int AS listeners FROM play_events WHERE track_id = ${track}`
  const rawDays = yield* sql<{ day: string; plays: number; listeners: number }>`
    SELECT day::text AS day, count(*)::int AS plays, count(DISTINCT user_id)::int AS listeners
    FROM play_events WHERE track_id = ${track} GROUP BY 1 ORDER BY 1`
  assert.deepStrictEqual(
    byDay.map(({ day, plays, listeners }) => ({ day, plays, listeners })),
    rawDays.map(({ day, plays, listeners }) => ({ day: Day.make(day), plays, listeners }))
  )
  assert.strictEqual(shown?.count, raw?.plays)
  assert.strictEqual(yield* statistics.plays(track, ...wholePeriod), raw?.plays)
  assert.strictEqual(yield* statistics.listeners(track, ...wholePeriod), raw?.listeners)
  return raw?.plays
})

describe("two workers on one database", () => {
  it.live("count each play once between them, in every count alike, while more keep coming", () =>
    Effect.gen(function* () {
      const url = yield* freshDatabase
      const { track, users } = yield* Effect.provide(
        Effect.gen(function* () {
          const { id: track } = yield* addReadyTrack((yield* addUser()).id)
          const users = [yield* newUserId, yield* newUserId, yield* newUserId]
          yield* listen(track, users, 60)
          return { track, users }
        }),
        processOn(url)
      )
      const once = Effect.flatMap(Transaction, ({ atomically }) =>
        atomically(PlayStatistics.use((statistics) => statistics.rollUp(7)))
      )
      const worker = Effect.provide(Effect.replicateEffect(once, 30, { discard: true }), processOn(url))
      const listening = Effect.provide(listen(track, users, 60, days / 2), processOn(url))
      yield* Effect.all([worker, worker, listening], { concurrency: "unbounded" })
      yield* Effect.provide(rollUpPlays(), processOn(url))
      assert.strictEqual(yield* Effect.provide(totals(track), processOn(url)), 120)
    })
  )
})

layer(postgresAdapters)("a worker that dies in the middle of a roll-up", (it) => {
  it.effect("leaves nothing counted, and the next one counts everything once", () =>
    Effect.gen(function* () {
      const { sql } = yield* Database
      const { atomically } = yield* Transaction
      const statistics = yield* PlayStatistics
      const { id: track } = yield* addReadyTrack((yield* addUser()).id)
      yield* listen(track, [yield* newUserId], 10)
      const counted = yield* Deferred.make<number>()
      const dying = Effect.gen(function* () {
        const { events } = yield* statistics.rollUp(100)
        const [backend] = yield* sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`
        yield* Deferred.succeed(counted, backend?.pid ?? 0)
        assert.strictEqual(events, 10)
        return yield* Effect.never
      })
      const worker = yield* Effect.forkChild(atomically(dying))
      const pid = yield* Deferred.await(counted)
      // Somebody else who comes meanwhile leaves it to the one who is at it, without waiting.
      assert.deepStrictEqual(yield* atomically(statistics.rollUp(100)), { events: 0, tracks: [] })
      yield* sql`SELECT pg_terminate_backend(${pid})`
      yield* Fiber.interrupt(worker)
      assert.strictEqual(yield* statistics.plays(track, ...wholePeriod), 0)
      yield* rollUpPlays()
      assert.strictEqual(yield* totals(track), 10)
    })
  )

  it.effect("or that comes upon plays of a track that was deleted goes on with the others", () =>
    Effect.gen(function* () {
      const { sql } = yield* Database
      const { id: owner } = yield* addUser()
      const [{ id: gone }, { id: kept }] = [yield* addReadyTrack(owner), yield* addReadyTrack(owner)]
      yield* listen(gone, [yield* newUserId], 5)
      yield* listen(kept, [yield* newUserId], 5)
      yield* sql`DELETE FROM tracks WHERE id = ${gone}`
      assert.strictEqual(yield* rollUpPlays(), 10)
      assert.strictEqual(yield* totals(kept), 5)
      assert.lengthOf(yield* sql`SELECT 1 FROM track_play_days WHERE track_id = ${gone}`, 0)
    })
  )
})

/** How often each table was looked through from end to end, as the connection of the current transaction counts. */
const scans = Effect.flatMap(Database, ({ sql }) =>
  Effect.map(
    sql<{ name: string; count: number }>`
      SELECT relname AS name, seq_scan::int AS count FROM pg_stat_xact_user_tables WHERE seq_scan > 0`,
    (rows) => new Map(rows.map(({ name, count }) => [name, count]))
  )
)
/** The tables that some work has the server look through. */
const lookedThrough = Effect.fnUntraced(function* (work: Effect.Effect<unknown, unknown>) {
  const before = yield* scans
  yield* work
  return [...(yield* scans)].flatMap(([name, count]) => (count > (before.get(name) ?? 0) ? [name] : []))
})

layer(postgresAdapters)("with ten thousand of everything", (it) => {
  it.effect("statistics and histories are read, and reports written, by indexes alone", () =>
    Effect.gen(function* () {
      const { sql } = yield* Database
      const { id: owner } = yield* addUser()
      const { id: track } = yield* addReadyTrack(owner)
      const user = yield* newUserId
      yield* (yield* Plays).prepareMonths(noon(0), 2)
      yield* sql`INSERT INTO play_events (id, at, track_id, kind, day, user_id)
        SELECT gen_random_uuid(), '2026-03-01Z'::timestamptz + n * interval '12 minutes', gen_random_uuid(), 'play',
          '2026-03-01', CASE WHEN n % 10 = 0 THEN ${user}::uuid ELSE gen_random_uuid() END
        FROM generate_series(1, 10000) AS n`
      yield* sql`INSERT INTO tracks (id, user_id, title, is_public, downloadable, status, scan_status, format, size_bytes,
          content_hash, storage_backend, storage_key, duration_ms, created_at, updated_at)
        SELECT gen_random_uuid(), ${owner}, 'x', true, false, 'ready', 'clean', 'wav', 1, n::text, 'local', 'x' || n,
          1000, now(), now() FROM generate_series(1, 1000) AS n`
      const tenOfEach = sql`FROM tracks, generate_series(1, 10) AS n`
      yield* sql`INSERT INTO track_play_days SELECT id, '2026-03-01'::date + n, 1, 0, 1 ${tenOfEach}`
      yield* sql`INSERT INTO track_changes SELECT gen_random_uuid(), id, now(), 'updated', 'owner', '{}', NULL ${tenOfEach}`
      yield* sql`INSERT INTO play_sessions SELECT gen_random_uuid(), gen_random_uuid(), now(), now(), 0, 0, 0, 'open',
        NULL, false FROM generate_series(1, 10000)`
      yield* sql`INSERT INTO recent_plays SELECT gen_random_uuid(), gen_random_uuid(), now() FROM generate_series(1, 10000)`
      yield* sql`ANALYZE`

      const [statistics, plays, sessions, changes] = [
        yield* PlayStatistics,
        yield* Plays,
        yield* PlaySessions,
        yield* TrackChanges
      ]
      const plan = { sort: "at", descending: true, limit: 20, start: { _tag: "After", key: undefined } } as const
      const behind = {
        ...plan,
        start: { _tag: "After", key: { value: "2026-03-05T00:00:00.000Z", id: track } }
      } as const
      const asked: Readonly<Record<string, Effect.Effect<unknown>>> = {
        days: statistics.days(track, ...wholePeriod),
        plays: statistics.plays(track, ...wholePeriod),
        listeners: statistics.listeners(track, ...wholePeriod),
        "own plays": Effect.all([plays.list(user, track, plan), plays.list(user, track, behind)]),
        "all plays of somebody": plays.of(user, undefined, 100),
        changes: Effect.all([changes.list(track, plan), changes.list(track, behind)]),
        session: sessions.hold(track, PlaySessionId.make(user)),
        claim: plays.claim(track, user, noon(0), noon(-1))
      }
      const { atomically } = yield* Transaction
      const through: Record<string, ReadonlyArray<string>> = {}
      for (const [name, ask] of Object.entries(asked)) {
        through[name] = yield* atomically(lookedThrough(ask))
      }
      assert.deepStrictEqual(through, Object.fromEntries(Object.keys(asked).map((name) => [name, []])))
      const all = yield* atomically(lookedThrough(sql`SELECT count(*) FROM track_changes WHERE type <> ''`))
      assert.deepStrictEqual(all, ["track_changes"])
    })
  )
})
