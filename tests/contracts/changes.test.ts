import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { memoryAdapters } from "@veza/adapters/memory"
import { Database } from "@veza/adapters/postgres"
import { Changes, Ids } from "@veza/domain/kernel"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { changesContract } from "./changes.contract.ts"
import { eventually } from "./samples.ts"

changesContract("memory", memoryAdapters)
changesContract("PostgreSQL", postgresAdapters)

layer(postgresAdapters, { excludeTestServices: true })("Changes: PostgreSQL, unannounced", (it) => {
  const followed = Effect.fnUntraced(function* () {
    const topic = yield* Ids.use((ids) => ids.entity)
    const heard: Array<string | undefined> = []
    yield* (yield* Changes).follow(topic, (key) => void heard.push(key))
    const { sql } = yield* Database
    const write = (epoch: number) =>
      sql`INSERT INTO change_epochs (topic, epoch) VALUES (${topic}, ${epoch})
        ON CONFLICT (topic) DO UPDATE SET epoch = excluded.epoch`
    const hears = (times: number) => eventually(Effect.sync(() => heard.length >= times))
    return { heard, write, hears }
  })

  it.effect("the very first change of a topic is heard too", () =>
    Effect.gen(function* () {
      const { heard, write, hears } = yield* followed()
      yield* write(1)
      assert.isTrue(yield* hears(1))
      assert.deepStrictEqual(heard, [undefined])
    })
  )

  it.effect("a server that took over and is behind is believed: what it changes next is heard", () =>
    Effect.gen(function* () {
      const { heard, write, hears } = yield* followed()
      for (const [at, epoch] of [5, 3, 4].entries()) {
        yield* write(epoch)
        assert.isTrue(yield* hears(at + 1), String(epoch))
      }
      assert.deepStrictEqual(heard, [undefined, undefined, undefined])
    })
  )
})
