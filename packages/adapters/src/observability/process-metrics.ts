import { monitorEventLoopDelay } from "node:perf_hooks"
import { Duration, Effect, Layer, Metric } from "effect"

const lag = Metric.gauge("veza_event_loop_lag_seconds", {
  description: "Delay of the event loop, 99th percentile of the last sample"
})
const memory = Metric.gauge("veza_process_resident_memory_bytes", { description: "Resident set size" })

const sampleEvery = Duration.seconds(5)
/** Milliseconds between two looks at the clock; the delay is what exceeds them. */
const resolution = 20

/** Keeps the gauges of this process until the scope closes. */
export const processMetrics = Layer.effectDiscard(
  Effect.gen(function* () {
    const delay = monitorEventLoopDelay({ resolution })
    delay.enable()
    yield* Effect.addFinalizer(() => Effect.sync(() => delay.disable()))
    const sample = Effect.suspend(() => {
      const seconds = Math.max(0, delay.percentile(99) / 1e9 - resolution / 1000)
      delay.reset()
      return Effect.andThen(Metric.update(lag, seconds), Metric.update(memory, process.memoryUsage.rss()))
    })
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(sample, Effect.sleep(sampleEvery))))
  })
)
