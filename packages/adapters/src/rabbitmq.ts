export { rabbitmqBroker } from "./rabbitmq/broker.ts"
export type { RabbitmqSettings } from "./rabbitmq/connection.ts"
export type { RetryPolicy } from "./rabbitmq/handling.ts"
