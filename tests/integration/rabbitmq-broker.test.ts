import { type ConfirmChannel, connect } from "amqplib"
import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, Exit, Fiber, Redacted, Schedule, Scope } from "effect"
import { rabbitmqBroker } from "@veza/adapters/rabbitmq"
import { type EventEnvelope, systemContext } from "@veza/domain/kernel"
import { Broker, BrokerFailed } from "@veza/domain/platform"
import { given } from "../support/given-servers.ts"
import { type PrivateService, startPrivate } from "../support/services/index.ts"

const sharedUrl = () => given("RABBITMQ_URL")

const brokerAt = (url: string) =>
  rabbitmqBroker({
    url: Redacted.make(url),
    maxRetries: 3,
    retryInterval: Duration.millis(200),
    retry: { times: 3, firstPause: Duration.millis(20) }
  })

/** Names of a test's own consumer and event type. */
const names = () => {
  const id = randomUUID()
  return { consumer: `test-${id}`, type: `test.${id}` }
}

const eventOf = (type: string, aggregate = "track:1", payload: unknown = {}): EventEnvelope => ({
  id: randomUUID(),
  type,
  aggregate,
  payload,
  context: { ...systemContext, ip: "192.0.2.1" },
  occurred_at: DateTime.makeUnsafe("2026-05-01T12:00:00.123Z")
})

/** Calls `use` with a plain channel, and closes it. */
const onChannel = async <A>(url: string, use: (channel: ConfirmChannel) => Promise<A>): Promise<A> => {
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  channel.on("error", () => undefined)
  return use(channel).finally(() => connection.close())
}

const waitFor = (holds: () => boolean, what: string) =>
  Effect.gen(function* () {
    for (let turn = 0; turn < 3000 && !holds(); turn++) yield* Effect.sleep("20 millis")
    expect(holds(), what).toBe(true)
  })

const queues: Array<string> = []
const named = () => {
  const name = names()
  queues.push(`veza.${name.consumer}`, `veza.${name.consumer}.dead`)
  return name
}

// It takes seconds to start, and does so while the shared one is tested.
const starting = startPrivate("rabbitmq")
starting.catch(() => undefined)

describe("the RabbitMQ broker", () => {
  afterAll(() =>
    onChannel(sharedUrl(), async (channel) => {
      for (const queue of queues) await channel.deleteQueue(queue)
    })
  )

  it.live("carries an event unchanged to each consumer that wants it", () =>
    Effect.gen(function* () {
      const broker = yield* Broker
      const [one, two] = [named(), named()]
      const first: Array<EventEnvelope> = []
      const second: Array<EventEnvelope> = []
      yield* broker.subscribe(one.consumer, [one.type, two.type], (event) => Effect.sync(() => first.push(event)))
      yield* broker.subscribe(two.consumer, [two.type], (event) => Effect.sync(() => second.push(event)))
      const events = [eventOf(one.type, "track:1", { title: "Été ♪", n: [1, null] }), eventOf(two.type, "track:2")]
      for (const event of events) yield* broker.publish(event)
      yield* waitFor(() => first.length === 2 && second.length === 1, "all arrive")
      expect(first.toSorted((a, b) => a.aggregate.localeCompare(b.aggregate))).toEqual(events)
      expect(second).toEqual([events[1]])
    }).pipe(Effect.scoped, Effect.provide(brokerAt(sharedUrl())))
  )

  it.live("gives `*` every event", () =>
    Effect.gen(function* () {
      const broker = yield* Broker
      const all = named()
      const seen: Array<string> = []
      yield* broker.subscribe(all.consumer, "*", (event) => Effect.sync(() => seen.push(event.type)))
      yield* broker.publish(eventOf(all.type))
      yield* waitFor(() => seen.includes(all.type), "it arrives")
    }).pipe(Effect.scoped, Effect.provide(brokerAt(sharedUrl())))
  )

  it.live("keeps the order of each aggregate over failures, and works on others meanwhile", () =>
    Effect.gen(function* () {
      const broker = yield* Broker
      const { consumer, type } = named()
      const handled = new Map<string, Array<unknown>>()
      let working = 0
      let together = 0
      let failures = 0
      yield* broker.subscribe(consumer, [type], (event) =>
        Effect.gen(function* () {
          together = Math.max(together, ++working)
          yield* Effect.sleep("2 millis")
          working--
          if (event.payload === 3 && failures++ < 2) return yield* Effect.fail("not yet")
          handled.set(event.aggregate, [...(handled.get(event.aggregate) ?? []), event.payload])
        })
      )
      const aggregates = Array.from({ length: 8 }, (_, index) => `track:${index}`)
      for (let n = 0; n < 20; n++) {
        yield* Effect.forEach(aggregates, (aggregate) => broker.publish(eventOf(type, aggregate, n)), {
          concurrency: 8
        })
      }
      yield* waitFor(() => [...handled.values()].flat().length === 160, "all are handled")
      const expected = Array.from({ length: 20 }, (_, n) => n)
      for (const aggregate of aggregates) expect(handled.get(aggregate)).toEqual(expected)
      expect(together).toBeGreaterThan(1)
      expect(together).toBeLessThanOrEqual(8)
      expect(failures).toBeGreaterThan(2)
    }).pipe(Effect.scoped, Effect.provide(brokerAt(sharedUrl())))
  )

  it.live("puts aside what fails every time and what cannot be read, and goes on behind it", () =>
    Effect.gen(function* () {
      const broker = yield* Broker
      const { consumer, type } = named()
      const tries: Array<unknown> = []
      const poison = eventOf(type, "track:1", "poison")
      yield* broker.subscribe(consumer, [type], (event) =>
        Effect.suspend(() => {
          tries.push(event.payload)
          return event.payload === "poison" ? Effect.die(new Error("always")) : Effect.void
        })
      )
      yield* broker.publish(poison)
      yield* broker.publish(eventOf(type, "track:1", "next"))
      yield* Effect.promise(() =>
        onChannel(sharedUrl(), async (channel) => {
          channel.publish("veza.events", type, Buffer.from("{no event"), { messageId: "junk" })
          await channel.waitForConfirms()
        })
      )
      yield* waitFor(() => tries.includes("next"), "the next one is handled")
      expect(tries).toEqual(["poison", "poison", "poison", "poison", "next"])
      const dead: Array<unknown> = []
      yield* Effect.promise(() =>
        onChannel(sharedUrl(), async (channel) => {
          for (let turn = 0; turn < 3000 && dead.length < 2; turn++) {
            const message = await channel.get(`veza.${consumer}.dead`, { noAck: true })
            if (message === false) await new Promise((resolve) => setTimeout(resolve, 20))
            else dead.push(message.properties.messageId)
          }
          const left = await channel.checkQueue(`veza.${consumer}`)
          expect(left.messageCount).toBe(0)
        })
      )
      expect(dead.toSorted()).toEqual([poison.id, "junk"].toSorted())
    }).pipe(Effect.scoped, Effect.provide(brokerAt(sharedUrl())))
  )

  it.live("hands back what is not finished when it closes", () =>
    Effect.gen(function* () {
      const broker = yield* Broker
      const { consumer, type } = named()
      const scope = yield* Scope.make()
      const begun = yield* Deferred.make<void>()
      yield* broker
        .subscribe(consumer, [type], () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
        .pipe(Scope.provide(scope))
      const events = ["a", "b", "c"].map((payload) => eventOf(type, "track:1", payload))
      for (const event of events) yield* broker.publish(event)
      yield* Deferred.await(begun)
      yield* Scope.close(scope, Exit.void)
      const seen: Array<unknown> = []
      yield* broker.subscribe(consumer, [type], (event) => Effect.sync(() => seen.push(event.payload)))
      yield* waitFor(() => seen.length === 3, "all come again")
      expect(seen).toEqual(["a", "b", "c"])
    }).pipe(Effect.scoped, Effect.provide(brokerAt(sharedUrl())))
  )

  it.live("leaves one consumer at work when two processes subscribe, the other taking over", () =>
    Effect.gen(function* () {
      const { consumer, type } = named()
      const seen: Array<string> = []
      const subscribe = (who: string) =>
        Effect.flatMap(Broker, (broker) => broker.subscribe(consumer, [type], () => Effect.sync(() => seen.push(who))))
      const first = yield* Scope.make()
      yield* subscribe("first").pipe(Scope.provide(first))
      yield* subscribe("second")
      const broker = yield* Broker
      for (let n = 0; n < 10; n++) yield* broker.publish(eventOf(type, `track:${n}`))
      yield* waitFor(() => seen.length === 10, "all are handled")
      expect(new Set(seen)).toEqual(new Set(["first"]))
      yield* Scope.close(first, Exit.void)
      yield* broker.publish(eventOf(type))
      yield* waitFor(() => seen.length === 11, "the other takes over")
      expect(seen.at(-1)).toBe("second")
    }).pipe(Effect.scoped, Effect.provide(brokerAt(sharedUrl())))
  )

  it.live("says what failed when there is no broker, without the password", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.provide(Effect.asVoid(Broker), brokerAt("amqp://veza:secret-word@127.0.0.1:1/%2f"))
      )
      expect(error).toBeInstanceOf(BrokerFailed)
      expect(error.message).toMatch(/connecting failed.*ECONNREFUSED/)
      expect(error.message).not.toContain("secret-word")
    })
  )
})

describe("a RabbitMQ that fails", () => {
  let own: PrivateService
  beforeAll(async () => {
    own = await starting
  }, 60_000)
  afterAll(() => own.dispose(), 30_000)

  it.live(
    "loses nothing over a restart, and is found again",
    () =>
      Effect.gen(function* () {
        const broker = yield* Broker
        const { consumer, type } = names()
        const handled: Array<unknown> = []
        yield* broker.subscribe(consumer, [type], (event) =>
          Effect.andThen(
            Effect.sleep("5 millis"),
            Effect.sync(() => handled.push(event.payload))
          )
        )
        // RabbitMQ itself loses a quorum queue when it is killed before it has written where the queue's log is: a second
        // after making it where the machine is at rest.
        yield* Effect.sleep("4 seconds")
        const confirmed: Array<number> = []
        const publish = (n: number) =>
          Effect.tap(broker.publish(eventOf(type, "track:1", n)), () => Effect.sync(() => confirmed.push(n)))
        for (let n = 0; n < 50; n++) yield* publish(n)
        const restarted = yield* Effect.forkChild(Effect.promise(() => own.service.restart("crash")))
        yield* Effect.sleep("50 millis")
        const refused = yield* Effect.flip(publish(50).pipe(Effect.timeout("300 millis")))
        expect(["BrokerFailed", "TimeoutError"]).toContain(refused._tag)
        yield* Fiber.join(restarted)
        for (let n = 51; n < 60; n++)
          yield* Effect.retry(publish(n), { times: 20, schedule: Schedule.spaced("200 millis") })
        // A queue whose leader is not found at once keeps its consumer waiting for 65 seconds.
        const missing = () => confirmed.filter((n) => !handled.includes(n))
        for (let turn = 0; turn < 1000 && missing().length > 0; turn++) yield* Effect.sleep("100 millis")
        expect(missing(), "confirmed, but not handled").toEqual([])
        const firsts = [...new Set(handled)]
        expect(firsts).toEqual(firsts.toSorted((a, b) => Number(a) - Number(b)))
      }).pipe(Effect.scoped, Effect.provide(brokerAt(own.service.address))),
    180_000
  )
})
