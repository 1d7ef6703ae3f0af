import { DateTime, Effect, Option } from "effect"
import {
  type Actor,
  Changes,
  contextOf,
  type Day,
  type ListQuery,
  type ListSpec,
  Outbox,
  ownsOrAdministers,
  planList,
  type SignedIn,
  Transaction
} from "../kernel/index.ts"
import { normalGtin } from "./codes/gtin.ts"
import type { FitRelease } from "./content.ts"
import { ReleaseInvalid, SubmissionConflict, SubmissionNotFound } from "./errors.ts"
import { submissionCorrected, submissionWithdrawn, takedownRequested } from "./events.ts"
import { fault } from "./faults.ts"
import { requireDistribution } from "./gate.ts"
import type { Platform } from "./platform.ts"
import { type HistorySort, messagesTopic, Submissions, type SubmissionSort } from "./ports.ts"
import type { Release, ReleaseId } from "./release.ts"
import { ownRelease } from "./releases.ts"
import { overallStatus, platformMachine, type PlatformStatus } from "./status.ts"
import { stopEntry } from "./stop-entry.ts"
import type { Entry, Submission, SubmissionId } from "./submission.ts"
import { dayToSell, judgeRelease, takeCodes } from "./submit.ts"

/** A submission of the caller's; to everybody else but administrators there is none. */
const visible = Effect.fnUntraced(function* (actor: Actor, id: SubmissionId) {
  const found = Option.getOrUndefined(yield* (yield* Submissions).byId(id))
  return found !== undefined && ownsOrAdministers(actor, found.ownerId) ? found : yield* new SubmissionNotFound()
})

export const readSubmission = Effect.fn("distribution.readSubmission")(function* (actor: Actor, id: SubmissionId) {
  return yield* visible(actor, id)
})

export const submissionList: ListSpec<SubmissionSort> = {
  name: "submissions",
  sorts: { created_at: "time" },
  fallback: "created_at"
}

/** The caller's submissions, the latest first. */
export const listSubmissions = Effect.fn("distribution.listSubmissions")(function* (
  actor: SignedIn,
  releaseId: ReleaseId | undefined,
  query: ListQuery
) {
  const filter = { ownerId: actor.userId, releaseId }
  const plan = yield* planList(submissionList, query, filter)
  return { plan, filter, page: yield* (yield* Submissions).list(filter, plan) }
})

export const historyList: ListSpec<HistorySort> = { name: "submission_history", sorts: { at: "time" }, fallback: "at" }

/** What happened to a submission, the latest first. */
export const readHistory = Effect.fn("distribution.readHistory")(function* (
  actor: Actor,
  id: SubmissionId,
  query: ListQuery
) {
  const submission = yield* visible(actor, id)
  const plan = yield* planList(historyList, query, submission.id)
  return { plan, page: yield* (yield* Submissions).history(submission.id, plan) }
})

const overallOf = ({ entries }: Submission) => overallStatus(entries.map(({ status }) => status))
const conflict = (submission: Submission) => new SubmissionConflict({ status: overallOf(submission) })

/** Entries at these stores; of all of them where none is named. */
const chosen = (
  { entries }: Pick<Submission, "entries">,
  platforms: ReadonlyArray<Platform> | undefined
): ReadonlyArray<Entry> => entries.filter(({ platform }) => platforms === undefined || platforms.includes(platform))

/** The same as they are now, and stay until the transaction ends; held in one order, as everybody holds them. */
const held = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
  const submissions = yield* Submissions
  const ids = entries.map(({ id }) => id).toSorted()
  return (yield* Effect.forEach(ids, (id) => submissions.lockEntry(id))).flatMap(Option.toArray)
})

export interface EndCommand {
  readonly platforms?: ReadonlyArray<Platform> | undefined
  readonly reason?: string | undefined
}

const end = Effect.fnUntraced(function* (
  actor: SignedIn,
  submission: Submission,
  from: ReadonlySet<PlatformStatus>,
  command: EndCommand
) {
  const stopping = {
    by: actor.userId === submission.ownerId ? "owner" : "admin",
    userId: actor.userId,
    reason: command.reason?.trim() || null,
    at: yield* DateTime.now
  } as const
  const entries = (yield* held(chosen(submission, command.platforms))).filter(({ status }) => from.has(status))
  const stopped = yield* Effect.filter(entries, (entry) =>
    Effect.map(stopEntry(entry, stopping), (out) => out !== undefined)
  )
  if (stopped.length === 0) return yield* conflict(submission)
  const event = from.has("live") ? takedownRequested : submissionWithdrawn
  yield* (yield* Outbox).append([
    event(submission, contextOf(actor), {
      platforms: stopped.map(({ platform }) => platform).join(" "),
      by: stopping.by
    })
  ])
})

const before: ReadonlySet<PlatformStatus> = new Set(["pending", "submitted", "processing", "rejected", "failed"])
const atStore: ReadonlySet<PlatformStatus> = new Set(["live", "submitted", "processing", "failed"])

const ending = (name: string, from: ReadonlySet<PlatformStatus>) =>
  Effect.fn(name)(function* (actor: SignedIn, id: SubmissionId, command: EndCommand) {
    const submission = yield* visible(actor, id)
    yield* (yield* Transaction).atomically(end(actor, submission, from, command))
    return yield* visible(actor, id)
  })

/** Takes back what is not sold yet; where a store has it already, the store is asked to drop it. */
export const withdrawSubmission = ending("distribution.withdraw", before)

/** Asks the stores to sell it no longer. */
export const requestTakedown = ending("distribution.takedown", atStore)

/** Of what is on its way nothing is changed. */
const correctable: ReadonlySet<PlatformStatus> = new Set(["rejected", "failed", "live"])

/**
 * Stores know a release by its UPC: under another one it would be another release, and what they have under the first
 * would be sold for ever. Only what every store refused may go again under another.
 */
const keepsUpc = (submission: Submission, entries: ReadonlyArray<Entry>, upc: string): boolean =>
  upc === normalGtin(submission.upc) ||
  entries.every(({ status }) => status === "rejected" || platformMachine.isFinal(status))

const upcFixed = ({ upc }: Submission) =>
  new ReleaseInvalid({
    faults: [
      fault(
        "upc",
        "UPC_FIXED",
        `is not ${upc}, under which stores have the release`,
        `Give ${upc} again; to use another code, take the release down and submit it anew`
      )
    ]
  })

const correct = Effect.fnUntraced(function* (
  actor: SignedIn,
  submission: Submission,
  release: Release,
  fit: FitRelease,
  platforms: ReadonlyArray<Platform> | undefined
) {
  const submissions = yield* Submissions
  const at = yield* DateTime.now
  const content = yield* takeCodes(release, fit, at)
  const step = { by: "owner", userId: actor.userId, at, content } as const
  const entries = yield* held(submission.entries)
  if (!keepsUpc(submission, entries, content.upc)) return yield* upcFixed(submission)
  const now = chosen({ entries }, platforms).filter(({ status }) => correctable.has(status))
  const taken = yield* Effect.filter(now, (entry) =>
    entry.status === "live"
      ? submissions.take(entry, { ...step, to: "live", message: "update", reason: "Changed by the owner" })
      : submissions.take(entry, { ...step, to: "pending", message: "new", reason: null })
  )
  if (taken.length === 0) return yield* conflict(submission)
  yield* submissions.amend(
    submission.id,
    { title: content.title, upc: content.upc, releaseDate: content.release_date },
    at
  )
  yield* (yield* Outbox).append([
    submissionCorrected(submission, contextOf(actor), { platforms: taken.map(({ platform }) => platform).join(" ") })
  ])
  yield* (yield* Changes).announce(messagesTopic, undefined)
})

/**
 * Sends the release as it stands now: again where a store refused it or sending failed, as a change where it is sold. What
 * is on its way keeps what it was sent with.
 */
export const correctSubmission = Effect.fn("distribution.correct")(function* (
  actor: SignedIn,
  id: SubmissionId,
  command: { readonly releaseDate?: Day | undefined; readonly platforms?: ReadonlyArray<Platform> | undefined }
) {
  const submission = yield* visible(actor, id)
  if (submission.ownerId !== actor.userId) return yield* new SubmissionNotFound()
  yield* requireDistribution(actor.userId)
  const entries = chosen(submission, command.platforms).filter(({ status }) => correctable.has(status))
  if (entries.length === 0) return yield* conflict(submission)
  const release = yield* ownRelease(actor, submission.releaseId)
  const fit = yield* judgeRelease(
    release,
    command.releaseDate ?? dayToSell(submission.releaseDate, yield* DateTime.now)
  )
  const kept = command.releaseDate === undefined ? { ...fit, release_date: submission.releaseDate } : fit
  yield* (yield* Transaction).atomically(correct(actor, submission, release, kept, command.platforms))
  return yield* visible(actor, id)
})
