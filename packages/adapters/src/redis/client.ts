import { Redis } from "ioredis"
import { Context, Duration, Effect, Layer, Redacted } from "effect"

/** The longest time one command may take, in milliseconds: Redis is an aid, and nobody waits for it longer. */
const commandTimeout = 250
/** How long a process waits for Redis when it starts, and when it ends. */
const patience = Duration.seconds(2)

/** The connection to Redis. It heals itself; while it is down, commands fail at once instead of queueing. */
export class RedisClient extends Context.Service<RedisClient, Redis>()("@veza/adapters/redis/RedisClient") {}

const open = (url: Redacted.Redacted<string>): Redis => {
  const client = new Redis(Redacted.value(url), {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout,
    connectTimeout: 2000,
    retryStrategy: (attempt) => Math.min(100 * attempt, 2000)
  })
  // Without a listener an unreachable server would end the process; callers learn of it from their commands.
  client.on("error", () => undefined)
  return client
}

const close = (client: Redis): Effect.Effect<void> =>
  Effect.promise(() =>
    client.quit().then(
      () => undefined,
      () => undefined
    )
  ).pipe(Effect.timeoutOption(patience), Effect.andThen(Effect.sync(() => client.disconnect())))

/** Connects to Redis. An unreachable server is no failure: it is tried again until the scope closes. */
export const redisClient = (url: Redacted.Redacted<string>): Layer.Layer<RedisClient> =>
  Layer.effect(
    RedisClient,
    Effect.tap(
      Effect.acquireRelease(
        Effect.sync(() => open(url)),
        close
      ),
      (client) =>
        Effect.ignore(
          Effect.timeout(
            Effect.tryPromise(() => client.connect()),
            patience
          )
        )
    )
  )
