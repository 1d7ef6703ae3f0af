import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { Database, DatabaseUnavailable } from "@veza/adapters/postgres"
import { bounded } from "@veza/adapters/postgres/client"
import { connect, freshDatabaseLayer } from "../support/database.ts"
import { startPrivate } from "../support/services/index.ts"

/** How a statement ends that the server ends with this code. */
const endingWith = Effect.fnUntraced(function* (code: string) {
  const { sql } = yield* Database
  return yield* Effect.exit(bounded(sql.unsafe(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}'; END $$`)))
})
const isUnavailable = (exit: Exit.Exit<unknown, never>): boolean =>
  Exit.isFailure(exit) &&
  exit.cause.reasons.every((reason) => "defect" in reason && reason.defect instanceof DatabaseUnavailable)

describe("a database that is away", () => {
  it.live("is told by its codes from a statement that is wrong", () =>
    Effect.gen(function* () {
      for (const code of [
        "08006",
        "53100",
        "53300",
        "57014",
        "57P01",
        "57P02",
        "57P03",
        "25006",
        "25P03",
        "55P03",
        "58030"
      ]) {
        assert.isTrue(isUnavailable(yield* endingWith(code)), code)
      }
      for (const code of ["22012", "23503", "42P01", "P0001", "XX000"]) {
        assert.isFalse(isUnavailable(yield* endingWith(code)), code)
      }
    }).pipe(Effect.provide(freshDatabaseLayer))
  )

  it.live("is never taken for a fault of ours while it stops and starts, and is used again afterwards", () =>
    Effect.gen(function* () {
      const own = yield* Effect.acquireRelease(
        Effect.promise(() => startPrivate("postgres")),
        ({ dispose }) => Effect.promise(dispose)
      )
      const asking = Effect.gen(function* () {
        const { sql, read } = yield* Database
        const seen: Array<Exit.Exit<unknown, never>> = []
        const ask = Effect.forEach(
          [sql, sql, sql, read],
          (client) => Effect.map(Effect.exit(bounded(client`SELECT 1`)), (exit) => seen.push(exit)),
          { concurrency: "unbounded" }
        )
        yield* ask
        const asker = yield* Effect.forkChild(Effect.forever(Effect.andThen(ask, Effect.sleep("2 millis"))))
        for (const how of ["stop", "crash", "stop"] as const) yield* Effect.promise(() => own.service.restart(how))
        yield* Fiber.interrupt(asker)
        const failed = seen.filter(Exit.isFailure)
        assert.isNotEmpty(failed)
        for (const exit of failed) assert.isTrue(isUnavailable(exit), String(exit.cause))
        yield* Effect.eventually(
          Effect.flatMap(Effect.exit(bounded(sql`SELECT 1`)), (exit) =>
            Exit.isSuccess(exit) ? Effect.void : Effect.fail("away")
          )
        )
      })
      yield* Effect.provide(asking, connect(own.service.address))
    })
  )
})
