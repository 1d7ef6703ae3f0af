import { Duration, Layer, Redacted } from "effect"
import { idsCrypto } from "@veza/adapters/crypto"
import { brokerMemory } from "@veza/adapters/memory"
import { rabbitmqBroker } from "@veza/adapters/rabbitmq"
import { given } from "../support/given-servers.ts"
import { brokerContract } from "./broker.contract.ts"

brokerContract("memory", Layer.merge(brokerMemory, idsCrypto))
brokerContract(
  "RabbitMQ",
  Layer.merge(
    rabbitmqBroker({
      url: Redacted.make(given("RABBITMQ_URL")),
      maxRetries: 3,
      retryInterval: Duration.millis(200),
      retry: { times: 4, firstPause: Duration.millis(20) }
    }),
    idsCrypto
  )
)
