import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { AccountErasure, ExportId, Exports, type Users } from "@veza/domain/accounts"
import { Ids, type UserId } from "@veza/domain/kernel"
import { addUser, at } from "./samples.ts"

const newExportId = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) => ExportId.make(id)
)
const allowance = (seconds: number) => ({ limit: 3, since: DateTime.subtract(at(seconds), { days: 1 }) })

const ask = Effect.fnUntraced(function* (owner: UserId, seconds = 0) {
  const id = yield* newExportId
  yield* (yield* Exports).add(id, owner, at(seconds), allowance(seconds))
  return id
})
const pending = Effect.flatMap(addUser(), ({ id }) => Effect.map(ask(id), (exportId) => ({ owner: id, id: exportId })))
const statusOf = (id: ExportId) =>
  Effect.map(
    Exports.use((exports) => exports.byId(id)),
    (found) => Option.getOrThrow(found).status
  )
const made = { sizeBytes: 5_000_000_000, at: at(10), expiresAt: at(20) }

const finished = Effect.fnUntraced(function* () {
  const { id, owner } = yield* pending
  const exports = yield* Exports
  yield* exports.claim(id, at(0), at(5))
  assert.isTrue(yield* exports.finish(id, 1, made))
  return { id, owner }
})

/** What every store of exports does. */
export const exportsContract = <E>(name: string, adapter: Layer.Layer<Exports | AccountErasure | Users | Ids, E>) =>
  layer(adapter)(`Exports: ${name}`, (it) => {
    it.effect("lets an owner have three within a rolling day, however many are asked for at once", () =>
      Effect.gen(function* () {
        const { id: owner } = yield* addUser()
        const exits = yield* Effect.forEach(Array.from({ length: 8 }), () => Effect.exit(ask(owner)), {
          concurrency: "unbounded"
        })
        assert.strictEqual(exits.filter((exit) => exit._tag === "Success").length, 3)
        const refusal = yield* Effect.flip(ask(owner, 60))
        assert.deepInclude(refusal, { _tag: "TooManyExports", retryAfter: 86_400 - 60 })
        yield* ask(owner, 86_400)
      })
    )

    it.effect("does not count failed ones, nor those of others", () =>
      Effect.gen(function* () {
        const { id: owner } = yield* addUser()
        const exports = yield* Exports
        const first = yield* ask(owner)
        yield* exports.claim(first, at(0), at(5))
        assert.isTrue(yield* exports.fail(first, 1))
        for (let i = 0; i < 3; i++) yield* ask(owner, 1)
        assert.strictEqual((yield* Effect.flip(ask(owner, 2)))._tag, "TooManyExports")
        yield* pending
      })
    )

    it.effect("gives none to a deleted account", () =>
      Effect.gen(function* () {
        const { id: owner } = yield* addUser()
        const gone = { username: `deleted-${owner}`, email: `deleted-${owner}@deleted.invalid`, passwordHash: "x" }
        yield* (yield* AccountErasure).anonymise(owner, gone, at(0))
        assert.strictEqual((yield* Effect.flip(ask(owner)))._tag, "UserNotFound")
      })
    )

    it.effect("lists the newest first", () =>
      Effect.gen(function* () {
        const { id: owner } = yield* addUser()
        const ids = [yield* ask(owner, 1), yield* ask(owner, 3), yield* ask(owner, 2)]
        const listed = yield* (yield* Exports).of(owner, 2)
        assert.deepStrictEqual(
          listed.map(({ id }) => id),
          [ids[1], ids[2]]
        )
        assert.deepInclude(listed[0], { userId: owner, status: "pending", attempts: 0, sizeBytes: null, readyAt: null })
      })
    )

    it.effect("is held by one at a time, and by somebody else once the hold has run out", () =>
      Effect.gen(function* () {
        const { id } = yield* pending
        const exports = yield* Exports
        const claims = yield* Effect.all(
          Array.from({ length: 6 }, () => exports.claim(id, at(0), at(30))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(claims.filter(Option.isSome).length, 1)
        assert.isTrue(yield* exports.hold(id, 1, at(60)))
        assert.isTrue(Option.isNone(yield* exports.claim(id, at(59), at(90))))
        const second = Option.getOrThrow(yield* exports.claim(id, at(60), at(90)))
        assert.strictEqual(second.attempts, 2)
        assert.isFalse(yield* exports.hold(id, 1, at(120)))
        assert.isFalse(yield* exports.finish(id, 1, made))
        assert.isFalse(yield* exports.fail(id, 1))
        yield* exports.release(id, 1)
        assert.isTrue(Option.isNone(yield* exports.claim(id, at(61), at(90))))
        yield* exports.release(id, 2)
        assert.isTrue(Option.isSome(yield* exports.claim(id, at(61), at(90))))
      })
    )

    it.effect("is finished once, and stays what it then is", () =>
      Effect.gen(function* () {
        const { id } = yield* finished()
        const exports = yield* Exports
        assert.isFalse(yield* exports.finish(id, 1, made))
        assert.isFalse(yield* exports.fail(id, 1))
        assert.isTrue(Option.isNone(yield* exports.claim(id, at(99), at(100))))
        const found = Option.getOrThrow(yield* exports.byId(id))
        assert.deepInclude(found, { status: "ready", sizeBytes: made.sizeBytes })
        assert.deepStrictEqual([found.readyAt, found.expiresAt], [made.at, made.expiresAt])
      })
    )

    it.effect("expires when its time has come, and not before", () =>
      Effect.gen(function* () {
        const { id } = yield* finished()
        const exports = yield* Exports
        yield* exports.expire(at(19))
        assert.strictEqual(yield* statusOf(id), "ready")
        assert.isAtLeast(yield* exports.expire(at(20)), 1)
        assert.strictEqual(yield* statusOf(id), "expired")
      })
    )

    it.effect("is withdrawn with what its owner has, so that nobody finishes it", () =>
      Effect.gen(function* () {
        const { id, owner } = yield* pending
        const exports = yield* Exports
        yield* exports.claim(id, at(0), at(30))
        const other = yield* pending
        assert.strictEqual(yield* exports.withdraw(owner), 1)
        assert.strictEqual(yield* exports.withdraw(owner), 0)
        assert.isFalse(yield* exports.finish(id, 1, made))
        assert.strictEqual(yield* statusOf(other.id), "pending")
        assert.deepStrictEqual(yield* exports.uncleaned(owner, at(29), 10), [])
        const [left] = yield* exports.uncleaned(owner, at(30), 10)
        assert.deepInclude(left, { id, attempts: 1, status: "expired" })
        yield* exports.markCleaned(id, at(40))
        assert.deepStrictEqual(yield* exports.uncleaned(owner, at(50), 10), [])
      })
    )

    it.effect("fails when nobody makes it for long, and is forgotten long after its files are gone", () =>
      Effect.gen(function* () {
        const [idle, held] = [yield* pending, yield* pending]
        const exports = yield* Exports
        yield* exports.claim(held.id, at(0), at(100))
        yield* exports.abandon(at(1), at(50))
        assert.deepStrictEqual([yield* statusOf(idle.id), yield* statusOf(held.id)], ["failed", "pending"])
        const ended = yield* exports.uncleaned(undefined, at(50), 1000)
        assert.isTrue(ended.some(({ id }) => id === idle.id))
        yield* exports.markCleaned(idle.id, at(60))
        yield* exports.forget(at(60))
        assert.strictEqual(yield* statusOf(idle.id), "failed")
        assert.isAtLeast(yield* exports.forget(at(61)), 1)
        assert.isTrue(Option.isNone(yield* exports.byId(idle.id)))
      })
    )
  })
