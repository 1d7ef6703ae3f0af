import { DateTime, Duration, Effect, Redacted, Fiber } from "effect"
import { rabbitmqBroker } from "/work/main/packages/adapters/src/rabbitmq.ts"
import { Broker } from "/work/main/packages/domain/src/platform/index.ts"
import { startPrivate } from "/work/main/tests/support/services/index.ts"
const own = await startPrivate("rabbitmq")
const t0 = Date.now(); const log = (...a: unknown[]) => console.log(Date.now() - t0, ...a)
const ev = (n: number) => ({ id: String(n), type: "t", aggregate: "a", payload: n, context: { actor_id: null, ip: null, user_agent: null, request_id: null }, occurred_at: DateTime.makeUnsafe(0) })
await Effect.runPromise(Effect.gen(function* () {
  const b = yield* Broker
  const seen: unknown[] = []
  yield* b.subscribe("c", ["t"], (e) => Effect.andThen(Effect.sleep("5 millis"), Effect.sync(() => { seen.push(e.payload) })))
  for (let n = 0; n < 50; n++) yield* b.publish(ev(n))
  log("published")
  const f = yield* Effect.forkChild(Effect.promise(() => own.service.restart("crash")))
  yield* Effect.sleep("50 millis")
  const x = yield* Effect.exit(b.publish(ev(50)).pipe(Effect.timeout("1 second")))
  log("refused", String(x))
  yield* Fiber.join(f); log("restarted")
  for (let n = 51; n < 55; n++) { const [d, e] = yield* Effect.timed(Effect.exit(b.publish(ev(n)))); log("pub", n, String(e), Duration.toMillis(d)) }
  yield* Effect.sleep("3 seconds")
  log("seen", seen.length, new Set(seen).size)
}).pipe(Effect.scoped, Effect.provide(rabbitmqBroker({ url: Redacted.make(own.service.address), maxRetries: 3, retryInterval: Duration.millis(200) })), Effect.timeout("40 seconds")) as Effect.Effect<void>).catch(console.error)
const fs = await import("node:fs"); fs.copyFileSync(own.service.descriptor.processes.at(-1)!.logFile, "/tmp/ad/rabbit.log"); log("closed")
await own.dispose()
process.exit(0)
