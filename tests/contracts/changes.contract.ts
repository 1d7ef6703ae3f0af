import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, type Layer } from "effect"
import { Changes, followedCache, followedValue, Ids, Transaction } from "@veza/domain/kernel"
import { PlatformSettings } from "@veza/domain/platform"
import { eventually } from "./samples.ts"

/** A topic of the test's own. */
const newTopic = Ids.use((ids) => ids.entity)

const cacheOf = Effect.fnUntraced(function* <A>(topic: string, load: (key: string) => Effect.Effect<A>, capacity = 10) {
  const loaded: Array<string> = []
  const cache = yield* followedCache({
    topic,
    capacity,
    trustFor: 60_000,
    load: (key: string) =>
      Effect.suspend(() => {
        loaded.push(key)
        return load(key)
      })
  })
  return { cache, loaded }
})

/** How a process hears of changes, and what stands on that: followed values and caches. */
export const changesContract = <E>(
  name: string,
  adapter: Layer.Layer<Changes | Transaction | PlatformSettings | Ids, E>
) =>
  layer(adapter, { excludeTestServices: true })(`Changes: ${name}`, (it) => {
    it.effect("is heard by the followers of the topic before the announcing transaction returns, and not before", () =>
      Effect.gen(function* () {
        const changes = yield* Changes
        const topic = yield* newTopic
        const heard: Array<string | undefined> = []
        yield* changes.follow(topic, (key) => void heard.push(key))
        const within = Effect.map(changes.announce(topic, "k"), () => heard.length)
        assert.strictEqual(yield* (yield* Transaction).atomically(within), 0)
        assert.include(heard, "k")
      })
    )

    it.effect("is heard at once when announced outside any transaction", () =>
      Effect.gen(function* () {
        const changes = yield* Changes
        const topic = yield* newTopic
        let heard = 0
        yield* changes.follow(topic, () => void heard++)
        yield* changes.announce(topic, "k")
        assert.isAtLeast(heard, 1)
      })
    )

    it.effect("may concern many keys at once: caches drop the lot", () =>
      Effect.gen(function* () {
        const topic = yield* newTopic
        const { cache, loaded } = yield* cacheOf(topic, (key) => Effect.succeed(key))
        for (const key of ["a", "b"]) yield* cache.get(key)
        yield* (yield* Changes).announce(topic, undefined)
        for (const key of ["a", "b"]) yield* cache.get(key)
        assert.deepStrictEqual(loaded, ["a", "b", "a", "b"])
      })
    )

    it.effect("is not heard when the transaction rolls back", () =>
      Effect.gen(function* () {
        const changes = yield* Changes
        const topic = yield* newTopic
        let heard = 0
        yield* changes.follow(topic, () => void heard++)
        const work = Effect.andThen(changes.announce(topic, "k"), Effect.fail("no" as const))
        yield* Effect.flip((yield* Transaction).atomically(work))
        assert.strictEqual(heard, 0)
      })
    )

    it.effect("is not heard by followers of other topics, nor by those whose scope has closed", () =>
      Effect.gen(function* () {
        const changes = yield* Changes
        const [topic, other] = [yield* newTopic, yield* newTopic]
        let heard = 0
        yield* changes.follow(other, () => void heard++)
        yield* Effect.scoped(changes.follow(topic, () => void heard++))
        yield* changes.announce(topic, "k")
        assert.strictEqual(heard, 0)
      })
    )

    it.effect("gives a cache no reason to load twice while nothing changes", () =>
      Effect.gen(function* () {
        const { cache, loaded } = yield* cacheOf(yield* newTopic, (key) => Effect.succeed(key.length))
        assert.isUndefined(cache.peek("four"))
        assert.deepStrictEqual([yield* cache.get("four"), yield* cache.get("four")], [4, 4])
        assert.strictEqual(cache.peek("four"), 4)
        assert.deepStrictEqual(loaded, ["four"])
      })
    )

    it.effect("makes a cache drop the key that changed", () =>
      Effect.gen(function* () {
        const topic = yield* newTopic
        let value = "old"
        const { cache } = yield* cacheOf(topic, () => Effect.sync(() => value))
        yield* cache.get("k")
        value = "new"
        yield* (yield* Changes).announce(topic, "k")
        assert.isUndefined(cache.peek("k"))
        assert.strictEqual(yield* cache.get("k"), "new")
      })
    )

    it.effect("makes a cache answer but not keep what it loaded while the topic changed", () =>
      Effect.gen(function* () {
        const topic = yield* newTopic
        const [begun, answer] = [yield* Deferred.make<void>(), yield* Deferred.make<string>()]
        const slow = Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(answer))
        const { cache, loaded } = yield* cacheOf(topic, () => slow)
        const reader = yield* Effect.forkChild(cache.get("k"))
        yield* Deferred.await(begun)
        yield* (yield* Changes).announce(topic, "k")
        yield* Deferred.succeed(answer, "read before the change")
        assert.strictEqual(yield* Fiber.join(reader), "read before the change")
        assert.isUndefined(cache.peek("k"))
        yield* cache.get("k")
        assert.deepStrictEqual(loaded, ["k", "k"])
      })
    )

    it.effect("lets a cache hold no more than its capacity, the least recently used going first", () =>
      Effect.gen(function* () {
        const { cache, loaded } = yield* cacheOf(yield* newTopic, (key) => Effect.succeed(key), 2)
        for (const key of ["a", "b", "a", "c"]) yield* cache.get(key)
        assert.deepStrictEqual([cache.peek("a"), cache.peek("b"), cache.peek("c")], ["a", undefined, "c"])
        assert.deepStrictEqual(loaded, ["a", "b", "c"])
      })
    )

    it.effect("is followed by a value, which is there from the start and new soon after each change", () =>
      Effect.gen(function* () {
        const settings = yield* PlatformSettings
        const changes = yield* Changes
        const topic = yield* newTopic
        const value = yield* followedValue({ topic, load: settings.readFlag(topic), retryEvery: 10 })
        assert.isFalse(value())
        for (const flag of [true, false]) {
          const change = Effect.andThen(settings.writeFlag(topic, flag), changes.announce(topic, topic))
          yield* (yield* Transaction).atomically(change)
          assert.isTrue(yield* eventually(Effect.sync(() => value() === flag)))
        }
      })
    )
  })
