import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import Koa from "koa"

/** One row by its primary key over @effect/sql-pg with ten connections, without pipelining, and nothing else. */
const program = Effect.gen(function* () {
  const sql = yield* PgClient.make({ url: Redacted.make(process.env["DATABASE_URL"] ?? ""), maxConnections: 10 })
  const app = new Koa()
  app.use(async (ctx) => {
    const id = ctx.path.slice(ctx.path.lastIndexOf("/") + 1)
    const [row] = await Effect.runPromise(sql`SELECT *, size_bytes::float8 AS size_bytes FROM tracks WHERE id = ${id}`)
    ctx.status = row === undefined ? 404 : 200
    ctx.body = { success: row !== undefined, data: row ?? null, error: null }
  })
  app.listen(Number(process.env["PORT"]))
  return yield* Effect.never
})

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(Reactivity.layer)))
