import { assert, layer } from "@effect/vitest"
import { type DateTime, Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Ids } from "@veza/domain/kernel"
import { IdempotencyKeys, type IdempotencyScope } from "@veza/domain/platform"
import { addUser, at } from "./samples.ts"

const day = 86_400
const sealed = new Uint8Array([1, 2, 3])
const kept = { fingerprint: "f", answer: sealed, expiresAt: at(day) }

const newAttempt = Ids.use((ids) => ids.row)
const newScope = Effect.map(addUser(), ({ id }): IdempotencyScope => ({ userId: id, route: "POST /x", key: "k" }))

/** Tries to reserve at `now` seconds with a lease of 30; answers the attempt, and what stands in its way. */
const reserve = Effect.fnUntraced(function* (scope: IdempotencyScope, now: number, fingerprint?: string) {
  const attempt = yield* newAttempt
  const held = yield* (yield* IdempotencyKeys).reserve(scope, {
    attempt,
    fingerprint,
    at: at(now),
    leasedUntil: at(now + 30),
    expiresAt: at(now + day)
  })
  return { attempt, held: Option.getOrUndefined(held) }
})

/** What every store of idempotency keys does. */
export const idempotencyKeysContract = <E>(name: string, adapter: Layer.Layer<IdempotencyKeys | Users | Ids, E>) =>
  layer(adapter)(`IdempotencyKeys: ${name}`, (it) => {
    it.effect("reserves a key once, however many ask at the same time", () =>
      Effect.gen(function* () {
        const scope = yield* newScope
        const tries = yield* Effect.replicateEffect(reserve(scope, 0, "f"), 10, { concurrency: "unbounded" })
        assert.strictEqual(tries.filter(({ held }) => held === undefined).length, 1)
        for (const { held } of tries) {
          if (held !== undefined) assert.deepStrictEqual([held.fingerprint, held.answer], ["f", undefined])
        }
      })
    )

    it.effect("keeps keys apart by user, by route and by key", () =>
      Effect.gen(function* () {
        const scope = yield* newScope
        const others = [yield* newScope, { ...scope, route: "POST /y" }, { ...scope, key: "K" }]
        for (const one of [scope, ...others]) assert.isUndefined((yield* reserve(one, 0, "f")).held)
      })
    )

    it.effect("answers what was kept, until it expires", () =>
      Effect.gen(function* () {
        const scope = yield* newScope
        const keys = yield* IdempotencyKeys
        const { attempt } = yield* reserve(scope, 0)
        assert.isTrue(yield* keys.complete(scope, attempt, kept))
        const { held } = yield* reserve(scope, day - 1, "g")
        assert.strictEqual(held?.fingerprint, "f")
        assert.deepStrictEqual([...(held?.answer ?? [])], [...sealed])
        assert.isUndefined((yield* reserve(scope, day, "g")).held)
        assert.deepInclude((yield* reserve(scope, day + 1, "h")).held, { fingerprint: "g", answer: undefined })
      })
    )

    it.effect("frees the key of an attempt whose lease has ended, unless it was for something else", () =>
      Effect.gen(function* () {
        const [same, different, unknown] = [yield* newScope, yield* newScope, yield* newScope]
        yield* reserve(same, 0, "f")
        yield* reserve(different, 0, "f")
        yield* reserve(unknown, 0)
        assert.isDefined((yield* reserve(same, 29, "f")).held)
        assert.isUndefined((yield* reserve(same, 30, "f")).held)
        assert.isDefined((yield* reserve(different, 30, "g")).held)
        assert.isUndefined((yield* reserve(unknown, 30, "g")).held)
      })
    )

    it.effect("gives a lapsed key to one of many, and nothing more to the one before", () =>
      Effect.gen(function* () {
        const scope = yield* newScope
        const keys = yield* IdempotencyKeys
        const before = yield* reserve(scope, 0, "f")
        const tries = yield* Effect.replicateEffect(reserve(scope, 31, "f"), 10, { concurrency: "unbounded" })
        assert.strictEqual(tries.filter(({ held }) => held === undefined).length, 1)
        assert.isFalse(yield* keys.complete(scope, before.attempt, kept))
        yield* keys.release(scope, before.attempt)
        yield* keys.renew(scope, before.attempt, at(10_000))
        assert.isDefined((yield* reserve(scope, 32, "f")).held)
        assert.isUndefined((yield* reserve(scope, 61, "f")).held)
      })
    )

    it.effect("holds a renewed lease longer", () =>
      Effect.gen(function* () {
        const scope = yield* newScope
        const { attempt } = yield* reserve(scope, 0, "f")
        yield* (yield* IdempotencyKeys).renew(scope, attempt, at(60))
        assert.isDefined((yield* reserve(scope, 59, "f")).held)
        assert.isUndefined((yield* reserve(scope, 60, "f")).held)
      })
    )

    it.effect("frees a released key, and neither frees nor changes an answered one", () =>
      Effect.gen(function* () {
        const scope = yield* newScope
        const keys = yield* IdempotencyKeys
        const first = yield* reserve(scope, 0, "f")
        yield* keys.release(scope, first.attempt)
        const second = yield* reserve(scope, 1, "g")
        assert.isUndefined(second.held)
        assert.isTrue(yield* keys.complete(scope, second.attempt, kept))
        assert.isFalse(yield* keys.complete(scope, second.attempt, { ...kept, fingerprint: "z" }))
        yield* keys.release(scope, second.attempt)
        assert.strictEqual((yield* reserve(scope, 100, "f")).held?.fingerprint, "f")
      })
    )

    it.effect("forgets what has expired, and nothing else", () =>
      Effect.gen(function* () {
        const [old, young] = [yield* newScope, yield* newScope]
        const keys = yield* IdempotencyKeys
        const reserveAt = (scope: IdempotencyScope, expiresAt: DateTime.Utc) =>
          Effect.flatMap(newAttempt, (attempt) =>
            keys.reserve(scope, { attempt, fingerprint: "f", at: at(0), leasedUntil: at(30), expiresAt })
          )
        yield* reserveAt(old, at(-20))
        yield* reserveAt(young, at(50))
        assert.strictEqual(yield* keys.forget(at(-10)), 1)
        assert.strictEqual(yield* keys.forget(at(-10)), 0)
        assert.isUndefined((yield* reserve(old, 0, "g")).held)
        assert.isDefined((yield* reserve(young, 0, "g")).held)
      })
    )

    it.effect("forgets all that one user holds: what was in flight is not kept any more", () =>
      Effect.gen(function* () {
        const keys = yield* IdempotencyKeys
        const [scope, other] = [yield* newScope, yield* newScope]
        const inFlight = { ...scope, key: "in flight" }
        yield* keys.complete(scope, (yield* reserve(scope, 0)).attempt, kept)
        const { attempt } = yield* reserve(inFlight, 0)
        yield* keys.complete(other, (yield* reserve(other, 0)).attempt, kept)
        yield* keys.forgetOf(scope.userId)
        assert.isFalse(yield* keys.complete(inFlight, attempt, kept))
        assert.isUndefined((yield* reserve(scope, 1, "g")).held)
        assert.isDefined((yield* reserve(other, 1, "g")).held)
      })
    )
  })
