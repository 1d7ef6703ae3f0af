import type { Channel } from "amqplib"
import { Deferred, Duration, Effect, Fiber, type Scope } from "effect"
import { BrokerFailed } from "@veza/domain/platform"
import { brokerFailed } from "./connection.ts"

const openTimeout = Duration.seconds(10)
const closeTimeout = Duration.seconds(5)
/** Before a session that ended is opened again. Without a connection opening waits for it. */
const pause = Duration.millis(500)

export interface OpenChannel<C extends Channel> {
  readonly channel: C
  /** Ends when the channel does, whoever closed it. */
  readonly closed: Effect.Effect<void>
}

/** A channel that is closed with the scope; while there is no connection, waits for one. */
export const acquireChannel = <C extends Channel>(create: () => Promise<C>) => {
  const open = async (signal: AbortSignal): Promise<OpenChannel<C>> => {
    const channel = await create()
    // The reason is in the log of the connection; without a listener it would end the process.
    channel.on("error", () => undefined)
    const closed = new Promise<void>((resolve) => channel.once("close", resolve))
    if (signal.aborted) await channel.close()
    return { channel, closed: Effect.promise(() => closed) }
  }
  return Effect.acquireRelease(
    Effect.tryPromise({ try: open, catch: brokerFailed("opening a channel") }),
    ({ channel }) =>
      Effect.ignore(
        Effect.timeout(
          Effect.tryPromise(() => channel.close()),
          closeTimeout
        )
      ),
    { interruptible: true }
  )
}

/**
 * Keeps a session open until the scope closes: `open` makes it and answers what ends with it, and is called again after
 * that. Ends when the first one is open; fails when that fails or takes longer than ten seconds.
 */
export const keepOpen = Effect.fnUntraced(function* <R>(
  name: string,
  open: Effect.Effect<Effect.Effect<void>, BrokerFailed, R | Scope.Scope>
) {
  const ready = yield* Deferred.make<void, BrokerFailed>()
  const session = Effect.scoped(Effect.flatMap(Effect.tap(open, Deferred.succeed(ready, undefined)), (ended) => ended))
  const noticed = Effect.catch(session, (error) =>
    Effect.flatMap(Deferred.fail(ready, error), (isFirst) =>
      isFirst ? Effect.void : Effect.logWarning("RabbitMQ session failed", { session: name, error: error.message })
    )
  )
  const fiber = yield* Effect.forkScoped(Effect.forever(Effect.andThen(noticed, Effect.sleep(pause))))
  yield* Deferred.await(ready).pipe(
    Effect.timeoutOrElse({
      duration: openTimeout,
      orElse: () => Effect.fail(brokerFailed(`opening ${name}`)("no answer in time"))
    }),
    Effect.onError(() => Fiber.interrupt(fiber))
  )
})
