import { Effect, Layer, type Scope } from "effect"
import { adapters, announceChoice, choose, registry } from "@veza/adapters/composition"
import type { Settings } from "@veza/adapters/config"
import { renditionEncoder } from "@veza/adapters/media"
import type { EventEnvelope } from "@veza/domain/kernel"
import { Broker } from "@veza/domain/platform"
import { consumers } from "./consumers/index.ts"
import { FrontendUrl } from "./consumers/send-mail.ts"
import { dispatchTo } from "./dispatch.ts"
import { jobs } from "./jobs/index.ts"
import { messagesToStores } from "./messages.ts"
import { probeServer } from "./probe-server.ts"
import { relay } from "./relay.ts"
import { renditions } from "./renditions.ts"
import { royaltyImports } from "./royalty-imports.ts"
import { sampleDatabase } from "./samples.ts"
import { schedule } from "./scheduler.ts"

const services = (settings: Settings) =>
  Layer.mergeAll(
    adapters(settings, "veza-worker"),
    renditionEncoder(settings.FFMPEG_PATH),
    Layer.succeed(FrontendUrl, settings.FRONTEND_URL)
  )

const publish = (event: EventEnvelope) => Effect.flatMap(Broker, (broker) => broker.publish(event))

/** With a broker: the relay publishes, and each consumer has a queue of its own. */
const throughBroker = Effect.gen(function* () {
  const broker = yield* Broker
  for (const { name, types, handle } of consumers) yield* broker.subscribe(name, types, handle)
  yield* Effect.forkScoped(relay(publish))
})

/** Without one: the relay hands events to the consumers itself. */
const fromOutbox = Effect.forkScoped(relay(dispatchTo(consumers)))

/**
 * Runs the worker until the scope closes. What is under way when it closes is interrupted and handed back, events and
 * jobs alike; of a worker that is killed the leases run out, and another one takes it.
 */
export const runWorker = Effect.fn("worker.run")(function* (
  settings: Settings
): Effect.fn.Return<void, unknown, Scope.Scope> {
  const context = yield* Layer.build(services(settings))
  yield* announceChoice(settings)
  const chosen = choose(settings)
  const running = Effect.gen(function* () {
    yield* chosen.events === "outbox"
      ? fromOutbox
      : Effect.provide(throughBroker, yield* Layer.build(registry.broker[chosen.events](settings)))
    yield* Effect.forkScoped(schedule(jobs))
    yield* Effect.forkScoped(sampleDatabase)
    yield* Effect.forkScoped(renditions())
    yield* Effect.forkScoped(messagesToStores())
    yield* Effect.forkScoped(royaltyImports())
  })
  yield* Effect.provide(running, context)
  yield* probeServer(settings.WORKER_PORT)
})
