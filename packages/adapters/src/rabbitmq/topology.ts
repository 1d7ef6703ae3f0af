import type { Channel } from "amqplib"

/** Where all events go; the routing key is the event's type. */
export const eventsExchange = "veza.events"
/** Where events go that were put aside; the routing key is the queue they come from. */
const deadExchange = "veza.dead"
/**
 * How often the broker hands one event out. Failures are tried again inside the process: this stops an event that takes
 * its process down, or hangs, every time.
 */
const deliveryLimit = 5

export const assertEventsExchange = (channel: Channel): Promise<unknown> =>
  channel.assertExchange(eventsExchange, "topic", { durable: true })

/**
 * The durable queue of a consumer, and `<queue>.dead` for what is put aside, which loses nothing on the way either.
 * One process at a time is served, the others stand by: several at once would break the order of an aggregate.
 */
export const assertConsumerQueue = async (
  channel: Channel,
  consumer: string,
  types: ReadonlyArray<string> | "*"
): Promise<string> => {
  const queue = `veza.${consumer}`
  await assertEventsExchange(channel)
  await channel.assertExchange(deadExchange, "direct", { durable: true })
  await channel.assertQueue(`${queue}.dead`, { durable: true, arguments: { "x-queue-type": "quorum" } })
  await channel.bindQueue(`${queue}.dead`, deadExchange, queue)
  await channel.assertQueue(queue, {
    durable: true,
    arguments: {
      "x-queue-type": "quorum",
      "x-single-active-consumer": true,
      "x-delivery-limit": deliveryLimit,
      "x-dead-letter-exchange": deadExchange,
      "x-dead-letter-routing-key": queue,
      "x-dead-letter-strategy": "at-least-once",
      "x-overflow": "reject-publish"
    }
  })
  for (const key of types === "*" ? ["#"] : types) await channel.bindQueue(queue, eventsExchange, key)
  return queue
}
