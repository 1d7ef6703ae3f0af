import { DateTime, Effect, Schema } from "effect"
import { type Actor, type Day, dayOf, daysBetween, daysFrom, ownsOrAdministers, plusDays } from "../kernel/index.ts"
import { longestStatsPeriod, type PlayDay, PlayStatistics } from "./play-ports.ts"
import { readTrack } from "./read-track.ts"
import type { TrackId } from "./track.ts"

/** A period that ends before it begins, or is longer than a leap year. */
export class InvalidStatsPeriod extends Schema.TaggedError<InvalidStatsPeriod>()("InvalidStatsPeriod", {}) {}

/** Days that are told of when nobody asks for others. */
const usualDays = 30

export interface StatsPeriod {
  readonly from: Day
  readonly to: Day
}

const periodOf = Effect.fnUntraced(function* (asked: {
  readonly from?: Day | undefined
  readonly to?: Day | undefined
}) {
  const to = asked.to ?? dayOf(yield* DateTime.now)
  const from = asked.from ?? plusDays(to, 1 - usualDays)
  const days = daysBetween(from, to) + 1
  if (days < 1 || days > longestStatsPeriod) return yield* new InvalidStatsPeriod()
  return { from, to }
})

/** Every day of a period: those that nothing is known of had no plays. */
export const everyDay = ({ from, to }: StatsPeriod, known: ReadonlyArray<PlayDay>): ReadonlyArray<PlayDay> => {
  const found = new Map(known.map((one) => [one.day, one]))
  return daysFrom(from, daysBetween(from, to) + 1).map(
    (day) => found.get(day) ?? { day, plays: 0, completions: 0, listeners: 0 }
  )
}

const detailsOf = Effect.fnUntraced(function* (track: TrackId, period: StatsPeriod) {
  const statistics = yield* PlayStatistics
  const days = everyDay(period, yield* statistics.days(track, period.from, period.to))
  const sum = (of: (day: PlayDay) => number) => days.reduce((total, day) => total + of(day), 0)
  const plays = sum((day) => day.plays)
  return {
    plays,
    listeners: yield* statistics.listeners(track, period.from, period.to),
    /** Of the plays, those that went to the end; unknown where there were none. */
    completion: plays === 0 ? undefined : Math.min(1, sum((day) => day.completions) / plays),
    days
  }
})

/**
 * What a track has come to (20-tracks, "Reading"): plays and likes for whoever may see it; listeners, completion and the
 * single days for its owner and administrators. Read from roll-ups alone, so that it costs the same for every track.
 */
export const readStats = Effect.fn("tracks.stats")(function* (
  actor: Actor,
  id: TrackId,
  share: string | undefined,
  asked: { readonly from?: Day | undefined; readonly to?: Day | undefined }
) {
  const track = yield* readTrack(actor, id, share)
  const period = yield* periodOf(asked)
  if (ownsOrAdministers(actor, track.userId)) {
    const { plays, ...details } = yield* detailsOf(track.id, period)
    return { track, period, plays, details }
  }
  const plays = yield* (yield* PlayStatistics).plays(track.id, period.from, period.to)
  return { track, period, plays, details: undefined }
})
