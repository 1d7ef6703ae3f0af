import { Clock, DateTime, Duration, Effect, Layer } from "effect"
import { JobLeases } from "@veza/domain/platform"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"

export const jobLeasesMemory = Layer.effect(
  JobLeases,
  Effect.map(Store, (store) =>
    JobLeases.of({
      take: (job, every, leaseFor) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          store.change((tables) => {
            const last = get(tables, "jobs", job)
            const dueBefore = now - Duration.toMillis(every)
            if (last !== undefined && ((last.begunAt ?? dueBefore) > dueBefore || last.leasedUntil > now)) {
              return [false, tables]
            }
            const leasedUntil = now + Duration.toMillis(leaseFor)
            return [true, put(tables, "jobs", job, { name: job, begunAt: now, leasedUntil })]
          })
        ),
      release: (job) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          store.change((tables) => {
            const last = get(tables, "jobs", job)
            return [undefined, last === undefined ? tables : put(tables, "jobs", job, { ...last, leasedUntil: now })]
          })
        ),
      hasten: (job) =>
        store.change((tables) => {
          const last = get(tables, "jobs", job)
          return last === undefined ? [false, tables] : [true, put(tables, "jobs", job, { ...last, begunAt: null })]
        }),
      list: store.read((tables) =>
        all(tables, "jobs")
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
          .map(({ name, begunAt, leasedUntil }) => ({
            name,
            begunAt: begunAt === null ? null : DateTime.makeUnsafe(begunAt),
            leasedUntil: DateTime.makeUnsafe(leasedUntil)
          }))
      )
    })
  )
)
