import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer } from "effect"
import { ApiKeyId, Ids } from "@veza/domain/kernel"
import { type AccessEntry, AccessLog } from "@veza/domain/platform"
import { newSessionId, newUserId } from "./samples.ts"

const day = (n: number): DateTime.Utc => DateTime.add(DateTime.makeUnsafe("2026-03-01T23:30:00.000Z"), { days: n })

const newEntry = Effect.fnUntraced(function* (given: Partial<AccessEntry> = {}) {
  return {
    id: yield* (yield* Ids).row,
    at: day(0),
    userId: yield* newUserId,
    sessionId: yield* newSessionId,
    keyId: undefined,
    ip: "192.0.2.1",
    userAgent: 'agent "ü"',
    method: "GET",
    route: "/api/v1/tracks/:id",
    status: 200,
    requestId: "r-1",
    ...given
  } satisfies AccessEntry
})

/** What every log of authenticated calls does; `stored` answers what it holds. */
export const accessLogContract = <E, R>(
  name: string,
  adapter: Layer.Layer<AccessLog | Ids | R, E>,
  stored: Effect.Effect<ReadonlyArray<AccessEntry>, never, R>
) =>
  layer(adapter)(`AccessLog: ${name}`, (it) => {
    const byId = (id: string) => Effect.map(stored, (all) => all.filter((entry) => entry.id === id))

    it.effect("writes many calls at once, by session and by key, whether their day was prepared or not", () =>
      Effect.gen(function* () {
        const log = yield* AccessLog
        const keyId = ApiKeyId.make(yield* (yield* Ids).entity)
        const entries: ReadonlyArray<AccessEntry> = [
          yield* newEntry(),
          yield* newEntry({ sessionId: undefined, keyId, status: 403 }),
          yield* newEntry({ at: day(400), ip: "" })
        ]
        yield* log.write(entries)
        yield* log.write([])
        for (const entry of entries) assert.deepStrictEqual(yield* byId(entry.id), [entry])
      })
    )

    it.effect("writes whatever an agent may call itself", () =>
      Effect.gen(function* () {
        const log = yield* AccessLog
        const names = [
          "",
          "NULL",
          "null",
          "nullable",
          "a,b",
          "{}",
          "}",
          "\\",
          'a "b" \\"',
          " x ",
          "\t",
          "ü 😀",
          "'; --",
          "a\\,b"
        ]
        const entries = yield* Effect.forEach(names, (userAgent) =>
          newEntry({ userAgent, requestId: `r-${userAgent}` })
        )
        yield* log.write(entries)
        for (const entry of entries) assert.deepStrictEqual(yield* byId(entry.id), [entry])
      })
    )

    it.effect("writes calls of which none came by a key", () =>
      Effect.gen(function* () {
        const log = yield* AccessLog
        const entry = yield* newEntry()
        yield* log.write([entry])
        assert.lengthOf(yield* byId(entry.id), 1)
      })
    )

    it.effect("keeps a call once although it is written again with others", () =>
      Effect.gen(function* () {
        const log = yield* AccessLog
        const [first, second] = [yield* newEntry(), yield* newEntry()]
        yield* log.write([first])
        yield* log.write([first, second])
        assert.lengthOf(yield* byId(first.id), 1)
        assert.lengthOf(yield* byId(second.id), 1)
      })
    )

    it.effect("makes room for each day once, however many ask, and keeps what came before the room", () =>
      Effect.gen(function* () {
        const log = yield* AccessLog
        const early = yield* newEntry({ at: day(11) })
        yield* log.write([early])
        const made = yield* Effect.all(
          Array.from({ length: 4 }, () => log.prepareDays(day(10), 3)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(
          made.reduce((sum, one) => sum + one, 0),
          3
        )
        assert.strictEqual(yield* log.prepareDays(day(11), 3), 1)
        assert.deepStrictEqual(yield* byId(early.id), [early])
        yield* log.write([early])
        assert.lengthOf(yield* byId(early.id), 1)
      })
    )

    it.effect("drops the days that are over with their calls, and no others", () =>
      Effect.gen(function* () {
        const log = yield* AccessLog
        yield* log.dropDays(day(30))
        yield* log.prepareDays(day(30), 3)
        const [old, unprepared, young] = [
          yield* newEntry({ at: day(31) }),
          yield* newEntry({ at: day(29) }),
          yield* newEntry({ at: day(32) })
        ]
        yield* log.write([old, unprepared, young])
        assert.strictEqual(yield* log.dropDays(day(32)), 2)
        assert.deepStrictEqual(yield* byId(old.id), [])
        assert.deepStrictEqual(yield* byId(unprepared.id), [])
        assert.lengthOf(yield* byId(young.id), 1)
        assert.strictEqual(yield* log.dropDays(day(32)), 0)
      })
    )

    it.effect("tells the calls of one user, page by page in the order of time, and forgets them alone", () =>
      Effect.gen(function* () {
        const log = yield* AccessLog
        const userId = yield* newUserId
        const mine: ReadonlyArray<AccessEntry> = yield* Effect.all([
          newEntry({ userId, at: day(42) }),
          newEntry({ userId, at: day(40) }),
          newEntry({ userId, at: day(41), sessionId: undefined }),
          newEntry({ userId, at: day(41) })
        ])
        const other = yield* newEntry({ at: day(41) })
        yield* log.prepareDays(day(40), 2)
        yield* log.write([...mine, other])
        const first = yield* log.of(userId, undefined, 3)
        const rest = yield* log.of(userId, first.at(-1), 3)
        const inOrder = mine.toSorted((a, b) => DateTime.Order(a.at, b.at) || (a.id < b.id ? -1 : 1))
        assert.deepStrictEqual([first.length, [...first, ...rest]], [3, inOrder])
        assert.strictEqual(yield* log.forgetOf(userId), 4)
        assert.deepStrictEqual(yield* log.of(userId, undefined, 3), [])
        assert.lengthOf(yield* byId(other.id), 1)
      })
    )
  })
