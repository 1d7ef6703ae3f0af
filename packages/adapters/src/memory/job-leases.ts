import { Clock, Duration, Effect, Layer } from "effect"
import { JobLeases } from "@veza/domain/platform"
import { Store } from "./store.ts"
import { get, put } from "./tables.ts"

export const jobLeasesMemory = Layer.effect(
  JobLeases,
  Effect.map(Store, (store) =>
    JobLeases.of({
      take: (job, every, leaseFor) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          store.change((tables) => {
            const last = get(tables, "jobs", job)
            if (last !== undefined && (last.begunAt > now - Duration.toMillis(every) || last.leasedUntil > now)) {
              return [false, tables]
            }
            return [true, put(tables, "jobs", job, { begunAt: now, leasedUntil: now + Duration.toMillis(leaseFor) })]
          })
        ),
      release: (job) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          store.change((tables) => {
            const last = get(tables, "jobs", job)
            return [undefined, last === undefined ? tables : put(tables, "jobs", job, { ...last, leasedUntil: now })]
          })
        )
    })
  )
)
