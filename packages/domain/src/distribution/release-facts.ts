import { DateTime, Effect } from "effect"
import { dayOf, type UserId } from "../kernel/index.ts"
import { type Track, Tracks } from "../tracks/index.ts"
import { isGtin, normalGtin } from "./codes/gtin.ts"
import { isIsrc, normalIsrc } from "./codes/isrc.ts"
import { Recordings } from "./ports.ts"
import type { ReleaseCover, ReleaseDraft, ReleaseId } from "./release.ts"
import type { ReleaseFacts, TrackFacts } from "./validate-release.ts"

const factsOfTrack = (track: Track): TrackFacts => ({
  id: track.id,
  title: track.title,
  isrc: track.isrc,
  status: track.status,
  isBlocked: track.blockedAt !== null,
  durationMs: track.durationMs
})

/** Looks up all that validation asks about a draft, in as many queries as there are kinds of things. */
export const gatherFacts = Effect.fnUntraced(function* (
  owner: UserId,
  draft: ReleaseDraft,
  cover: ReleaseCover | null,
  id: ReleaseId | undefined
) {
  const recordings = yield* Recordings
  const ids = [...new Set(draft.tracks.map(({ track_id }) => track_id))]
  const theirs = (yield* (yield* Tracks).byIds(ids)).filter(({ userId }) => userId === owner)
  const codes = [...draft.tracks.flatMap(({ isrc }) => isrc ?? []), ...theirs.flatMap(({ isrc }) => isrc ?? [])].map(
    normalIsrc
  )
  const people = draft.tracks.flatMap(({ shares }) => shares.flatMap(({ user_id }) => user_id ?? []))
  const upc = normalGtin(draft.upc ?? "")
  return {
    today: dayOf(yield* DateTime.now),
    tracks: new Map(theirs.map((track) => [track.id, factsOfTrack(track)])),
    isrcs: yield* recordings.ofTracks(theirs.map((track) => track.id)),
    holders: yield* recordings.holdersOf([...new Set(codes.filter(isIsrc))], owner),
    isUpcTaken: isGtin(upc) && (yield* recordings.isUpcTaken(upc, id)),
    users: yield* recordings.livingUsers([...new Set(people)]),
    cover
  } satisfies ReleaseFacts
})
