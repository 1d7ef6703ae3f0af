import { DateTime, Effect } from "effect"
import { Changes, dayOf, plusDays, Transaction } from "../kernel/index.ts"
import { longestStatsPeriod, Plays, PlaySessions, PlaySettings, PlayStatistics } from "./play-ports.ts"
import { repeatWindow } from "./report-play.ts"

/** Under which changes of the counts that tracks show are announced. */
const countsTopic = "track_counts"
/** Events that one transaction takes up: few enough for its time limit on a slow machine. */
const batch = 10_000
/** Past so many tracks it is cheaper to have every count read anew. */
const announcedOneByOne = 20

const announce = Effect.fnUntraced(function* (tracks: ReadonlyArray<string>) {
  const changes = yield* Changes
  const keys = tracks.length > announcedOneByOne ? [undefined] : tracks
  yield* Effect.forEach(keys, (key) => changes.announce(countsTopic, key), { discard: true })
})

/**
 * Job: moves plays into the counts, batch by batch; answers how many events it was. A worker that dies in the middle
 * leaves whole batches only. Who shows counts is told after each, not within it: that would make likes wait.
 */
export const rollUpPlays = Effect.fn("tracks.rollUpPlays")(function* () {
  const statistics = yield* PlayStatistics
  const { atomically } = yield* Transaction
  let total = 0
  let events: number
  do {
    const rolledUp = yield* atomically(statistics.rollUp(batch))
    yield* announce(rolledUp.tracks)
    events = rolledUp.events
    total += events
  } while (events === batch)
  return total
})

/** This month and the next: a month's end never finds the room wanting. */
const monthsAhead = 2

/**
 * Job: makes room for the month to come, drops the months whose time is over, and forgets what serves no count any more;
 * answers how many things it dealt with.
 */
export const turnPlays = Effect.fn("tracks.turnPlays")(function* () {
  const plays = yield* Plays
  const now = yield* DateTime.now
  const { retentionDays } = yield* PlaySettings
  const made = yield* plays.prepareMonths(now, monthsAhead)
  const dropped = yield* plays.dropMonths(DateTime.subtract(now, { days: retentionDays }))
  const sessions = yield* (yield* PlaySessions).forget(DateTime.subtract(now, { days: 2 }))
  const claims = yield* plays.forgetClaims(DateTime.subtract(now, repeatWindow))
  const today = dayOf(now)
  const usersBefore = plusDays(today, -longestStatsPeriod)
  const listeners = yield* (yield* PlayStatistics).forgetListeners(plusDays(today, -1), usersBefore)
  return made + dropped + sessions + claims + listeners
})
