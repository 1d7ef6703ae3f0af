import { Effect, Layer } from "effect"
import { Broker, type BrokerFailed } from "@veza/domain/platform"
import { acquireConnection, type RabbitmqSettings } from "./connection.ts"
import { subscribeTo } from "./consumer.ts"
import { defaultRetry, type RetryPolicy } from "./handling.ts"
import { makePublisher } from "./publisher.ts"

/**
 * Carries events over RabbitMQ (90-platform, "Events"). An event reaches the consumers that have ever subscribed when it
 * is published. Fails when there is no connection after all tries; later losses heal by themselves.
 */
export const rabbitmqBroker = (
  settings: RabbitmqSettings & { readonly retry?: RetryPolicy | undefined }
): Layer.Layer<Broker, BrokerFailed> =>
  Layer.effect(
    Broker,
    Effect.gen(function* () {
      const connection = yield* acquireConnection(settings)
      const publish = yield* makePublisher(connection)
      return Broker.of({
        publish,
        subscribe: (consumer, types, handle) =>
          subscribeTo(connection, { consumer, types, handle, retry: settings.retry ?? defaultRetry })
      })
    })
  )
