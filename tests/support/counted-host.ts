import { Context, Effect, Layer, ManagedRuntime } from "effect"
import { Statement } from "effect/sql"
import { loadSettings } from "@veza/adapters/config"
import { Database } from "@veza/adapters/postgres"
import { PasswordHasher } from "@veza/domain/accounts"
import { RateLimiter } from "@veza/domain/platform"
import { hostServices, limitSettings, serveOver } from "@veza/http-koa/host"
import { limits } from "@veza/http-koa/koa/limits"
import { freshDatabase } from "./database.ts"
import { testSettings } from "./product.ts"

/** What the host did for one request. */
export interface Work {
  /** Passwords hashed or verified. */
  hashes: number
  readonly statements: Array<string>
  /** Limiters asked, with their keys. */
  readonly limiters: Array<string>
}

class Host extends Context.Service<
  Host,
  { readonly url: string; readonly work: () => Work; readonly query: (text: string) => Promise<ReadonlyArray<object>> }
>()("@veza/tests/Host") {}

const counting = (hasher: PasswordHasher["Service"], work: () => Work) => {
  const count = <A>(effect: A): A => {
    work().hashes++
    return effect
  }
  return PasswordHasher.of({
    hash: (password) => Effect.suspend(() => count(hasher.hash(password))),
    verify: (password, stored) => Effect.suspend(() => count(hasher.verify(password, stored)))
  })
}

/** The HTTP host in this process, on a database of its own, over services that count what is asked of them. */
const host = (home: string, env: Readonly<Record<string, string>>) =>
  Layer.effect(
    Host,
    Effect.gen(function* () {
      let current: Work = { hashes: 0, statements: [], limiters: [] }
      const databaseUrl = yield* freshDatabase
      const settings = yield* loadSettings({ ...testSettings(home, databaseUrl), APP_PORT: "0", ...env }, home)
      const services = yield* Layer.build(hostServices(settings, "test", () => true))
      const limiter = RateLimiter.of({
        take: (policy, key) =>
          Effect.sync(() => {
            current.limiters.push(`${policy.name} ${key}`)
            return { allowed: true, limit: policy.limit, remaining: policy.limit, resetIn: 0, retryAfter: 0 }
          })
      })
      const counted = yield* Layer.build(
        limits(limitSettings(settings)).pipe(Layer.provide(Layer.succeed(RateLimiter, limiter)))
      )
      const hasher = counting(Context.get(services, PasswordHasher), () => current)
      const served = Context.merge(services, counted).pipe(
        Context.add(PasswordHasher, hasher),
        Context.add(Statement.CurrentTransformer, (statement) =>
          Effect.sync(() => {
            const text = statement.compile()[0].replace(/\s+/gu, " ").trim()
            // Written by the clock for whoever called before, not for the request.
            if (!text.startsWith("INSERT INTO api_access")) current.statements.push(text)
            return statement
          })
        )
      )
      const { port } = yield* serveOver(settings, served, () => {})
      const { sql } = Context.get(services, Database)
      return Host.of({
        url: `http://127.0.0.1:${port}`,
        work: () => {
          const done = current
          current = { hashes: 0, statements: [], limiters: [] }
          return done
        },
        query: (text) => Effect.runPromise(sql.unsafe<object>(text))
      })
    })
  )

export type CountedHost = Awaited<ReturnType<typeof startCountedHost>>

/** Starts the host, with more variables where needed; `work()` answers what it did since it was asked last. */
export const startCountedHost = async (home: string, env: Readonly<Record<string, string>> = {}) => {
  const runtime = ManagedRuntime.make(host(home, env))
  const { url, work, query } = await runtime.runPromise(Host)
  return { url, work, query, stop: () => runtime.dispose() }
}
