import { DateTime, Effect } from "effect"
import { type Eraser, inPages, type PersonalDataSection, type PersonalRow } from "../accounts/index.ts"
import { type OwnPlay, Plays, type RecordedChange, TrackChanges } from "./play-ports.ts"

const playRow = ({ at, trackId, title }: OwnPlay): PersonalRow => ({
  played_at: DateTime.formatIso(at),
  track_id: trackId,
  title
})

const changeRow = ({ at, trackId, type, madeBy, fields, isPublic }: RecordedChange): PersonalRow => ({
  track_id: trackId,
  at: DateTime.formatIso(at),
  type,
  by: madeBy,
  fields,
  is_public: isPublic ?? null
})

/** What plays and histories hold about somebody. */
export const playSections = Effect.gen(function* () {
  const plays = yield* Plays
  const changes = yield* TrackChanges
  const sections: ReadonlyArray<PersonalDataSection> = [
    {
      name: "plays",
      about:
        "what you listened to, track by track, as far as it is remembered: a year unless the operator says otherwise",
      columns: ["played_at", "track_id", "title"],
      rows: inPages(plays.of, playRow)
    },
    {
      name: "track_changes",
      about: "what happened to your tracks",
      columns: ["track_id", "at", "type", "by", "fields", "is_public"],
      rows: inPages(changes.of, changeRow)
    }
  ]
  return sections
})

/** A listener who goes is taken out of their plays soon, and again at the end, should anything have come late. */
export const playEraser = Effect.gen(function* () {
  const plays = yield* Plays
  const eraser: Eraser = { atOnce: () => Effect.void, afterwards: plays.forgetUser, finally: plays.forgetUser }
  return eraser
})
