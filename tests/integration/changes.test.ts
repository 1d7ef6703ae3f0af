import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Database } from "@veza/adapters/postgres"
import { Changes, Ids } from "@veza/domain/kernel"
import { eventually } from "../contracts/samples.ts"
import { postgresAdapters } from "../support/postgres-adapters.ts"

layer(postgresAdapters, { excludeTestServices: true })("Changes in PostgreSQL", (it) => {
  it.effect("are heard of though their announcement was lost, the first of a topic as well", () =>
    Effect.gen(function* () {
      const { sql } = yield* Database
      const topic = yield* (yield* Ids).entity
      const heard: Array<string | undefined> = []
      yield* (yield* Changes).follow(topic, (key) => void heard.push(key))
      yield* sql`INSERT INTO change_epochs (topic, epoch) VALUES (${topic}, 1)`
      assert.isTrue(yield* eventually(Effect.sync(() => heard.length === 1)))
      yield* sql`UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = ${topic}`
      assert.isTrue(yield* eventually(Effect.sync(() => heard.length === 2)))
      assert.deepStrictEqual(heard, [undefined, undefined])
    })
  )
})
