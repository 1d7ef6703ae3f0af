import { DateTime, Effect, Option } from "effect"
import { Changes, contextOf, type Day, dayOf, Ids, Outbox, type SignedIn, Transaction } from "../kernel/index.ts"
import { type Track, type TrackId, Tracks } from "../tracks/index.ts"
import { assignCodes } from "./assign-codes.ts"
import type { FitRelease } from "./content.ts"
import { Distributor } from "./distributor.ts"
import { DistributionUnavailable, ReleaseChanged, ReleaseInvalid, ReleaseNotFound, SubmissionOpen } from "./errors.ts"
import { submissionCreated } from "./events.ts"
import { fault } from "./faults.ts"
import { requireDistribution } from "./gate.ts"
import type { Platform } from "./platform.ts"
import { messagesTopic, Releases, Submissions } from "./ports.ts"
import type { Release, ReleaseDraft, ReleaseId } from "./release.ts"
import { gatherFacts } from "./release-facts.ts"
import { ownRelease } from "./releases.ts"
import { type Entry, EntryId, Submission, SubmissionId } from "./submission.ts"
import { fitRelease, releaseFaults } from "./validate-release.ts"

export interface SubmitCommand {
  readonly release: { readonly releaseId: ReleaseId } | { readonly trackId: TrackId }
  readonly platforms: ReadonlyArray<Platform>
  readonly releaseDate: Day
}

/** What a track tells of itself, as a single. */
const singleOf = (track: Track): ReleaseDraft => ({
  kind: "single",
  title: track.title,
  artists: track.artist === null ? [] : [{ name: track.artist, role: "primary" }],
  ...(track.genre === null ? {} : { genre: track.genre }),
  tracks: [{ track_id: track.id, contributors: [], shares: [] }]
})

/** A track is sent as the single that it is alone on; where there is none, its faults say what a release needs. */
const releaseOfTrack = Effect.fnUntraced(function* (actor: SignedIn, id: TrackId) {
  const release = Option.getOrUndefined(yield* (yield* Releases).ofTrackAlone(actor.userId, id))
  if (release !== undefined) return release
  const track = Option.getOrUndefined(yield* (yield* Tracks).byId(id))
  if (track === undefined || track.userId !== actor.userId) return yield* new ReleaseNotFound()
  const draft = singleOf(track)
  const found = releaseFaults(draft, yield* gatherFacts(actor.userId, draft, null, undefined))
  const missing = fault(
    "track_id",
    "RELEASE_REQUIRED",
    "is on no release of its own yet",
    "Make one by POST /api/v1/distribution/releases, with the fields below"
  )
  return yield* new ReleaseInvalid({ faults: [missing, ...found] })
})

/** Judges a release as it stands, on the day it is to be sold. */
export const judgeRelease = Effect.fnUntraced(function* (release: Release, releaseDate: Day) {
  const draft = { ...release.draft, release_date: releaseDate }
  const facts = yield* gatherFacts(release.ownerId, draft, release.cover, release.id)
  const faults = releaseFaults(draft, facts)
  if (faults.length > 0) return yield* new ReleaseInvalid({ faults })
  const fit = fitRelease(draft, facts)
  if (fit === undefined) return yield* Effect.die("a release without faults lacks something")
  return fit
})

/** Holds the release as it was judged, and takes its codes. */
export const takeCodes = Effect.fnUntraced(function* (release: Release, fit: FitRelease, now: DateTime.Utc) {
  const releases = yield* Releases
  const held = Option.getOrUndefined(yield* releases.lock(release.id))
  if (held === undefined) return yield* new ReleaseNotFound()
  if (held.revision !== release.revision) return yield* new ReleaseChanged({ revision: held.revision })
  if (!(yield* releases.markSubmitted(release.id, fit.upc, now))) {
    return yield* new ReleaseInvalid({
      faults: [fault("upc", "UPC_TAKEN", "is another release's", "Give each release a code of its own")]
    })
  }
  return yield* assignCodes(release.ownerId, fit, now)
})

const newEntries = Effect.fnUntraced(function* (
  id: SubmissionId,
  platforms: ReadonlyArray<Platform>,
  at: DateTime.Utc
) {
  const ids = yield* Ids
  return yield* Effect.forEach([...new Set(platforms)], (platform) =>
    Effect.map(ids.entity, (entry): Entry => ({
      id: EntryId.make(entry),
      submissionId: id,
      platform,
      status: "pending",
      reason: null,
      reference: null,
      message: 1,
      kind: "new",
      sent: 0,
      attempts: 0,
      liveAt: null,
      updatedAt: at
    }))
  )
})

const record = Effect.fnUntraced(function* (
  actor: SignedIn,
  release: Release,
  fit: FitRelease,
  platforms: ReadonlyArray<Platform>
) {
  const at = yield* DateTime.now
  const content = yield* takeCodes(release, fit, at)
  const id = SubmissionId.make(yield* (yield* Ids).entity)
  const submission = new Submission({
    id,
    releaseId: release.id,
    ownerId: release.ownerId,
    title: content.title,
    upc: content.upc,
    releaseDate: content.release_date,
    entries: yield* newEntries(id, platforms, at),
    createdAt: at,
    updatedAt: at
  })
  const open = yield* (yield* Submissions).add(submission, content, { by: "owner", userId: actor.userId })
  if (open.length > 0) return yield* new SubmissionOpen({ platforms: open })
  yield* (yield* Outbox).append([submissionCreated(submission, contextOf(actor), { platforms: platforms.join(" ") })])
  yield* (yield* Changes).announce(messagesTopic, undefined)
  return submission
})

/**
 * Sends a release to stores (40-distribution): whoever may, when nothing keeps it from them. Everything wrong is answered
 * at once, and nothing is kept then. The stores are reached by the worker.
 */
export const submitRelease = Effect.fn("distribution.submit")(function* (actor: SignedIn, command: SubmitCommand) {
  yield* requireDistribution(actor.userId)
  const reachable = (yield* Distributor).platforms
  if (command.platforms.some((platform) => !reachable.includes(platform))) return yield* new DistributionUnavailable()
  const release =
    "releaseId" in command.release
      ? yield* ownRelease(actor, command.release.releaseId)
      : yield* releaseOfTrack(actor, command.release.trackId)
  const fit = yield* judgeRelease(release, command.releaseDate)
  return yield* (yield* Transaction).atomically(record(actor, release, fit, command.platforms))
})

/** The day on which something is sold that went to stores for that day or is sold there already. */
export const dayToSell = (asked: Day, today: DateTime.Utc): Day => (asked < dayOf(today) ? dayOf(today) : asked)
