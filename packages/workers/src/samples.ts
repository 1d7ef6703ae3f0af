import { DateTime, Duration, Effect, Metric } from "effect"
import { Sessions } from "@veza/domain/accounts"
import { RoyaltyLedger } from "@veza/domain/royalties"
import { OutboxQueue } from "@veza/domain/platform"
import { PlayStatistics } from "@veza/domain/tracks"

const depth = Metric.gauge("veza_outbox_depth", { description: "Events that wait in the outbox" })
const age = Metric.gauge("veza_outbox_oldest_age_seconds", { description: "How long the oldest event has waited" })
const sessions = Metric.gauge("veza_auth_sessions_active", { description: "Sessions that live" })

const waitingPlays = Metric.gauge("veza_plays_pending", { description: "Plays that no count holds yet" })
const playLag = Metric.gauge("veza_plays_roll_up_lag_seconds", {
  description: "How long the oldest of them has waited"
})

const unmatched = Metric.gauge("veza_royalty_unmatched", {
  description: "Recordings that statements name and nobody here has"
})

const sampleBacklog = Effect.gen(function* () {
  const backlog = yield* (yield* OutboxQueue).backlog
  yield* Metric.update(depth, backlog.depth)
  yield* Metric.update(age, backlog.oldestAge)
})
const samplePlays = Effect.gen(function* () {
  const backlog = yield* (yield* PlayStatistics).backlog
  yield* Metric.update(waitingPlays, backlog.depth)
  yield* Metric.update(playLag, backlog.oldestAge)
})
const sampleSessions = Effect.gen(function* () {
  yield* Metric.update(sessions, yield* (yield* Sessions).count(yield* DateTime.now))
})

const sampleRoyalties = Effect.gen(function* () {
  yield* Metric.update(unmatched, yield* (yield* RoyaltyLedger).waiting)
})

/** Takes a sample again and again; its gauges show −1 when it failed. */
const sampling = <R>(
  sample: Effect.Effect<void, never, R>,
  gauges: ReadonlyArray<Metric.Gauge<number>>,
  every: Duration.Duration
) =>
  Effect.forever(
    Effect.andThen(
      Effect.catchCause(sample, () => Effect.forEach(gauges, (gauge) => Metric.update(gauge, -1), { discard: true })),
      Effect.sleep(every)
    )
  )

/** Keeps the gauges of what the database holds, until interrupted. */
export const sampleDatabase = Effect.all(
  [
    sampling(sampleBacklog, [depth, age], Duration.seconds(10)),
    sampling(samplePlays, [waitingPlays, playLag], Duration.seconds(10)),
    sampling(sampleSessions, [sessions], Duration.minutes(5)),
    sampling(sampleRoyalties, [unmatched], Duration.minutes(5))
  ],
  { concurrency: "unbounded", discard: true }
)
