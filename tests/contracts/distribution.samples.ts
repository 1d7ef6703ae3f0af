import { DateTime, Effect } from "effect"
import { Day, Ids, type UserId } from "@veza/domain/kernel"
import {
  type Entry,
  EntryId,
  Release,
  type ReleaseContent,
  type ReleaseCover,
  type ReleaseDraft,
  ReleaseId,
  Releases,
  Submission,
  SubmissionId,
  Submissions
} from "@veza/domain/distribution"
import type { TrackId } from "@veza/domain/tracks"
import { addUser, at, newTrackId } from "./samples.ts"

const entity = Ids.use((ids) => ids.entity)
const line = { year: 2026, owner: "Harbour" }

export const coverOf = (storageKey: string): ReleaseCover => ({
  storageKey,
  contentHash: "0".repeat(64),
  format: "jpeg",
  width: 3000,
  height: 3000,
  sizeBytes: 1,
  changedAt: at(1)
})

export const draftOf = (...tracks: ReadonlyArray<TrackId>): ReleaseDraft => ({
  kind: "single",
  title: "Low Tide",
  artists: [{ name: "Nia", role: "primary" }],
  tracks: tracks.map((track_id) => ({ track_id, contributors: [], shares: [] }))
})

export const addRelease = Effect.fnUntraced(function* (
  owner: UserId | undefined = undefined,
  createdAt: DateTime.Utc = at(0),
  ...tracks: ReadonlyArray<TrackId>
) {
  const ownerId = owner ?? (yield* addUser()).id
  const release = new Release({
    id: ReleaseId.make(yield* entity),
    ownerId,
    draft: draftOf(...(tracks.length === 0 ? [yield* newTrackId] : tracks)),
    cover: null,
    revision: 1,
    firstSubmittedAt: null,
    createdAt,
    updatedAt: createdAt
  })
  yield* (yield* Releases).add(release)
  return release
})

export const contentOf = (release: Release, title = "Low Tide"): ReleaseContent => ({
  kind: "single",
  title,
  version: null,
  artists: [{ name: "Nia", role: "primary" }],
  label: "Harbour",
  genre: "Electronic",
  language: "en",
  explicit: false,
  p_line: line,
  c_line: line,
  original_release_date: null,
  release_date: Day.make("2026-07-01"),
  territories: ["WORLD"],
  upc: "036000291452",
  cover: coverOf("images/x.jpeg"),
  tracks: release.draft.tracks.map(({ track_id }) => ({
    track_id,
    title: "A Song",
    version: null,
    isrc: "QZABC2600001",
    artists: [],
    language: "en",
    explicit: false,
    p_line: line,
    contributors: [],
    shares: [],
    duration_ms: 1000
  }))
})

export const newSubmission = Effect.fnUntraced(function* (release: Release, createdAt: DateTime.Utc = at(10)) {
  const id = SubmissionId.make(yield* entity)
  const entry: Entry = {
    id: EntryId.make(yield* entity),
    submissionId: id,
    platform: "spotify",
    status: "pending",
    reason: null,
    reference: null,
    message: 1,
    kind: "new",
    sent: 0,
    attempts: 0,
    liveAt: null,
    updatedAt: createdAt
  }
  return new Submission({
    id,
    releaseId: release.id,
    ownerId: release.ownerId,
    title: "Low Tide",
    upc: "036000291452",
    releaseDate: Day.make("2026-07-01"),
    entries: [entry],
    createdAt,
    updatedAt: createdAt
  })
})

/** A release that was just submitted to one store. */
export const addSubmission = Effect.fnUntraced(function* (given?: Release, createdAt: DateTime.Utc = at(10)) {
  const release = given ?? (yield* addRelease())
  const submission = yield* newSubmission(release, createdAt)
  const by = { by: "owner", userId: release.ownerId } as const
  const open = yield* (yield* Submissions).add(submission, contentOf(release), by)
  const [entry] = submission.entries
  if (entry === undefined) return yield* Effect.die("a submission without an entry")
  return { release, submission, entry, open }
})
