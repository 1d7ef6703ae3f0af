import { Effect } from "effect"
import { type Eraser, exportedTime, inPages, type PersonalDataSection, type PersonalRow } from "../accounts/index.ts"
import { Changes } from "../kernel/index.ts"
import { type Recording, Recordings, Releases, Submissions } from "./ports.ts"
import type { Release } from "./release.ts"
import { overallStatus } from "./status.ts"
import { stopEntry } from "./stop-entry.ts"
import type { Submission } from "./submission.ts"

const releaseRow = ({ id, draft, revision, cover, firstSubmittedAt, createdAt, updatedAt }: Release): PersonalRow => ({
  id,
  kind: draft.kind,
  title: draft.title,
  upc: draft.upc ?? null,
  artists: draft.artists.map(({ name, role }) => `${name} (${role})`),
  tracks: draft.tracks.map(({ track_id }) => track_id),
  details: JSON.stringify(draft),
  cover: cover === null ? null : `/api/v1/distribution/releases/${id}/cover`,
  revision,
  first_submitted_at: exportedTime(firstSubmittedAt),
  created_at: exportedTime(createdAt),
  updated_at: exportedTime(updatedAt)
})

const recordingRow = ({ trackId, isrc, title, assigned, createdAt }: Recording): PersonalRow => ({
  track_id: trackId,
  isrc,
  title,
  assigned,
  created_at: exportedTime(createdAt)
})

const submissionRow = (submission: Submission): PersonalRow => ({
  id: submission.id,
  release_id: submission.releaseId,
  title: submission.title,
  upc: submission.upc,
  release_date: submission.releaseDate,
  status: overallStatus(submission.entries.map(({ status }) => status)),
  platforms: submission.entries.map(({ platform, status }) => `${platform}: ${status}`),
  created_at: exportedTime(submission.createdAt),
  updated_at: exportedTime(submission.updatedAt)
})

const columns = (text: string): ReadonlyArray<string> => text.split(" ")

/** What distribution holds about somebody. */
export const distributionSections = Effect.gen(function* () {
  const releases = yield* Releases
  const recordings = yield* Recordings
  const submissions = yield* Submissions
  const sections: ReadonlyArray<PersonalDataSection> = [
    {
      name: "releases",
      about: "the releases you made, drafts included; “details” is all that you said of one, as JSON",
      columns: columns(
        "id kind title upc artists tracks details cover revision first_submitted_at created_at updated_at"
      ),
      rows: inPages(releases.pageOfOwner, releaseRow)
    },
    {
      name: "recordings",
      about: "the ISRCs under which your tracks went to stores",
      columns: columns("track_id isrc title assigned created_at"),
      rows: inPages(recordings.pageOfOwner, recordingRow)
    },
    {
      name: "submissions",
      about: "what you sent to stores, and what became of it",
      columns: columns("id release_id title upc release_date status platforms created_at updated_at"),
      rows: inPages(submissions.pageOfOwner, submissionRow)
    }
  ]
  return sections
})

/**
 * What distribution does when an account is deleted: the stores are asked at once to sell nothing of it any longer, and
 * its words and names go in the end. Codes and shares stay for the books.
 */
export const distributionEraser = Effect.gen(function* () {
  const releases = yield* Releases
  const recordings = yield* Recordings
  const submissions = yield* Submissions
  const changes = yield* Changes
  const eraser: Eraser = {
    atOnce: Effect.fnUntraced(function* ({ userId, at }) {
      const stopping = { by: "system", userId: null, reason: "The account was deleted", at } as const
      yield* Effect.forEach(yield* submissions.openOf({ owner: userId }), (entry) => stopEntry(entry, stopping), {
        discard: true
      }).pipe(Effect.provideService(Submissions, submissions), Effect.provideService(Changes, changes))
    }),
    afterwards: () => Effect.void,
    finally: Effect.fnUntraced(function* (userId) {
      yield* releases.forgetOwner(userId)
      yield* recordings.forgetPerson(userId)
    })
  }
  return eraser
})
