import { connect, type RecoveringChannelModel } from "amqplib"
import { Duration, Effect, Redacted } from "effect"
import { BrokerFailed } from "@veza/domain/platform"

export interface RabbitmqSettings {
  readonly url: Redacted.Redacted<string>
  /** How often and how long apart the first connection is tried again (RABBITMQ_MAX_RETRIES, _RETRY_INTERVAL). */
  readonly maxRetries: number
  readonly retryInterval: Duration.Duration
}

const connectTimeout = 10_000
/** A broker that falls silent is given up after two of these, in seconds. */
const heartbeat = 10
const closeTimeout = Duration.seconds(5)

const withHeartbeat = (url: string): string => {
  const target = new URL(url)
  if (!target.searchParams.has("heartbeat")) target.searchParams.set("heartbeat", String(heartbeat))
  return target.href
}

/** Once there was a connection, a lost one is sought without end, with growing pauses of up to two seconds. */
const pauseBefore = (attempt: number): number => Math.min(200 * attempt, 2000)

const open = async ({ url, maxRetries, retryInterval }: RabbitmqSettings): Promise<RecoveringChannelModel> => {
  let connected = false
  const connection = await connect(withHeartbeat(Redacted.value(url)), {
    timeout: connectTimeout,
    recovery: {
      initialMaxRetries: maxRetries,
      calculateDelay: (attempt) => (connected ? pauseBefore(attempt) : Duration.toMillis(retryInterval))
    }
  })
  connected = true
  return connection
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A failed step at the broker, as people may read it: errors of amqplib name host, port and reply, no credentials. */
export const brokerFailed =
  (what: string) =>
  (error: unknown): BrokerFailed =>
    new BrokerFailed({ message: `RabbitMQ: ${what} failed (${reason(error)}).` })

/** A connection that comes back by itself; it is closed with the scope. Fails when there is none after all tries. */
export const acquireConnection = Effect.fnUntraced(function* (settings: RabbitmqSettings) {
  const run = Effect.runForkWith(yield* Effect.context<never>())
  return yield* Effect.acquireRelease(
    Effect.tap(Effect.tryPromise({ try: () => open(settings), catch: brokerFailed("connecting") }), (connection) =>
      Effect.sync(() => {
        connection.on("error", (error) => run(Effect.logWarning("RabbitMQ error", { error: error.message })))
        connection.on("disconnect", (error) =>
          run(Effect.logWarning("RabbitMQ is away: events wait", { error: error.message }))
        )
        connection.on("connect", () => run(Effect.logInfo("RabbitMQ is back")))
        connection.on("blocked", (why) => run(Effect.logWarning("RabbitMQ takes no events", { reason: why })))
      })
    ),
    (connection) =>
      Effect.ignore(
        Effect.timeout(
          Effect.tryPromise(() => connection.close()),
          closeTimeout
        )
      )
  )
})
