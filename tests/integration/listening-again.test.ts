import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { idsCrypto, secretsCrypto, sha256Crypto } from "@veza/adapters/crypto"
import { Database, migrate, migrationsDirectory, postgresPorts } from "@veza/adapters/postgres"
import { Changes } from "@veza/domain/kernel"
import { connect } from "../support/database.ts"
import { startPrivate } from "../support/services/index.ts"

it.live("listens again to a database that was away: changes are heard by name, not only that there were some", () =>
  Effect.gen(function* () {
    const own = yield* Effect.acquireRelease(
      Effect.promise(() => startPrivate("postgres")),
      ({ dispose }) => Effect.promise(dispose)
    )
    const listening = Effect.gen(function* () {
      const { sql } = yield* Database
      const heard: Array<string | undefined> = []
      yield* (yield* Changes).follow("tracks", (key) => void heard.push(key))
      /** As another process announces it. */
      const announce = (key: string) =>
        Effect.ignoreCause(
          sql`WITH next AS (
              INSERT INTO change_epochs (topic, epoch) VALUES ('tracks', 1)
              ON CONFLICT (topic) DO UPDATE SET epoch = change_epochs.epoch + 1 RETURNING epoch)
            SELECT pg_notify('veza_changes', json_build_object('topic', 'tracks', 'key', ${key}::text, 'epoch', epoch)::text)
            FROM next`
        )
      const hears = Effect.fnUntraced(function* (key: string) {
        for (let i = 0; i < 200 && !heard.includes(key); i++)
          yield* Effect.andThen(announce(key), Effect.sleep("100 millis"))
        assert.include(heard, key)
      })
      yield* hears("before")
      for (const how of ["stop", "crash"] as const) {
        yield* Effect.promise(() => own.service.restart(how))
        yield* hears(`after ${how}`)
      }
    })
    const ports = postgresPorts.pipe(
      Layer.provideMerge(Layer.effectDiscard(migrate(migrationsDirectory()))),
      Layer.provideMerge(connect(own.service.address)),
      Layer.provideMerge(Layer.mergeAll(idsCrypto, secretsCrypto, sha256Crypto))
    )
    yield* Effect.provide(listening, ports)
  })
)
