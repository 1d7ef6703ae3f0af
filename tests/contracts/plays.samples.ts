import { DateTime, Effect } from "effect"
import { type Day, dayOf, Ids, type UserId } from "@veza/domain/kernel"
import { type PlayEvent, Plays, PlayStatistics, type TrackId } from "@veza/domain/tracks"

/** Noon of so many days after the day on which these contracts play. */
export const noon = (days: number): DateTime.Utc =>
  DateTime.add(DateTime.makeUnsafe("2026-03-01T12:00:00.000Z"), { days })
export const dayNumber = (days: number): Day => dayOf(noon(days))

const newEvent = Effect.fnUntraced(function* (
  trackId: TrackId,
  days: number,
  given: Partial<Omit<PlayEvent, "trackId" | "day">>
) {
  const event: PlayEvent = {
    id: yield* (yield* Ids).row,
    at: noon(days),
    trackId,
    kind: "play",
    day: dayNumber(days),
    userId: undefined,
    visitor: undefined,
    ...given
  }
  return event
})

/** A play of a track on a day, by a user, by a visitor, or by somebody who is not followed. */
export const play = Effect.fnUntraced(function* (
  trackId: TrackId,
  days: number,
  by: { readonly userId?: UserId; readonly visitor?: string; readonly id?: string } = {},
  at: DateTime.Utc = noon(days)
) {
  const event = yield* newEvent(trackId, days, { at, ...by })
  yield* (yield* Plays).append([event])
  return event
})

export const completion = Effect.fnUntraced(function* (trackId: TrackId, days: number) {
  yield* (yield* Plays).append([yield* newEvent(trackId, days, { kind: "completion" })])
})

/** Moves everything that waits into the counts. */
export const rollUpAll = Effect.flatMap(PlayStatistics, (statistics) => statistics.rollUp(1_000_000))
