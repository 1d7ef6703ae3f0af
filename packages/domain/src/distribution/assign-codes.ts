import { DateTime, Effect, Option } from "effect"
import type { UserId } from "../kernel/index.ts"
import { designationsPerYear, isrcOf } from "./codes/isrc.ts"
import type { ContentTrack, FitRelease, FitTrack, ReleaseContent } from "./content.ts"
import { ReleaseInvalid } from "./errors.ts"
import { fault } from "./faults.ts"
import { Recordings } from "./ports.ts"

const usedUp = (at: number) =>
  new ReleaseInvalid({
    faults: [
      fault(
        `tracks.${at}.isrc`,
        "ISRC_PREFIX_USED_UP",
        `cannot be made: the prefix has had its ${designationsPerYear} codes of this year`,
        "Give the code, or another `isrc_prefix`"
      )
    ]
  })

const taken = (at: number) =>
  new ReleaseInvalid({
    faults: [
      fault(`tracks.${at}.isrc`, "ISRC_TAKEN", "is another recording's", "Give each recording a code of its own")
    ]
  })

/** Makes codes until one is free: labels may have used some of their prefix elsewhere. */
const make = Effect.fnUntraced(function* (
  track: FitTrack,
  at: number,
  prefix: string,
  recording: { readonly trackId: FitTrack["track_id"]; readonly ownerId: UserId; readonly createdAt: DateTime.Utc }
) {
  const recordings = yield* Recordings
  const year = DateTime.toPartsUtc(recording.createdAt).year
  while (true) {
    const designation = Option.getOrUndefined(yield* recordings.nextDesignation(prefix, year % 100))
    if (designation === undefined) return yield* usedUp(at)
    const code = isrcOf(prefix, year, designation)
    const claimed = yield* recordings.claim({ ...recording, isrc: code, title: track.title, assigned: true })
    if (Option.isSome(claimed)) return claimed.value
  }
})

const claim = Effect.fnUntraced(function* (
  owner: UserId,
  track: FitTrack,
  at: number,
  prefix: string | undefined,
  now: DateTime.Utc
) {
  const recordings = yield* Recordings
  const recording = { trackId: track.track_id, ownerId: owner, createdAt: now }
  if (track.isrc === undefined)
    return prefix === undefined ? yield* usedUp(at) : yield* make(track, at, prefix, recording)
  const claimed = yield* recordings.claim({ ...recording, isrc: track.isrc, title: track.title, assigned: false })
  return Option.contains(claimed, track.isrc) ? track.isrc : yield* taken(at)
})

/**
 * Takes the codes of a release's recordings, makes those that are missing, and writes down who shares in what each
 * earns. Within a transaction: of several who want a code at once one gets it.
 */
export const assignCodes = Effect.fnUntraced(function* (owner: UserId, fit: FitRelease, now: DateTime.Utc) {
  const recordings = yield* Recordings
  const tracks: Array<ContentTrack> = []
  for (const [at, track] of fit.tracks.entries()) {
    const isrc = yield* claim(owner, track, at, fit.isrcPrefix, now)
    yield* recordings.setShares(track.track_id, track.shares)
    tracks.push({ ...track, isrc })
  }
  const { isrcPrefix: _, ...release } = fit
  return { ...release, tracks } satisfies ReleaseContent
})
