import { DateTime, Effect, Option } from "effect"
import { type EventContext, Outbox, systemContext } from "../kernel/index.ts"
import type { StoreStatus } from "./distributor.ts"
import { storeMoved } from "./events.ts"
import { type MailedSubmission, newsOf, tellOwner } from "./mails.ts"
import { type EntryStep, Recordings, Submissions } from "./ports.ts"
import { judgeReport, keptReason, type Verdict } from "./report.ts"
import type { Entry, EntryId } from "./submission.ts"

export type StatusOutcome = "moved" | "noted" | "ignored"

/** A store that does not take something down is asked again so much later, for as long as it takes. */
export const takedownAgainAfter = { hours: 6 } as const

const stepOf = (
  entry: Entry,
  verdict: Exclude<Verdict, { readonly _tag: "Ignore" }>,
  said: StoreStatus,
  at: DateTime.Utc
): EntryStep => {
  const to = verdict._tag === "Move" ? verdict.to : entry.status
  const step = {
    to,
    by: said.by ?? "store",
    userId: null,
    reason: verdict.reason,
    at,
    reference: said.reference
  } as const
  return verdict._tag === "Again" ? { ...step, message: "takedown", dueAt: DateTime.add(at, takedownAgainAfter) } : step
}

/**
 * Does to an entry what a store says of one of its messages, and tells its owner what they should know. Within a
 * transaction, in which the entry stays as it is read: of two reports that come together neither is lost.
 */
export const applyStatus = Effect.fnUntraced(function* (
  id: EntryId,
  submission: MailedSubmission,
  message: number,
  word: StoreStatus,
  context: EventContext = systemContext
) {
  const said = { ...word, reason: keptReason(word.reason) }
  const submissions = yield* Submissions
  const entry = Option.getOrUndefined(yield* submissions.lockEntry(id))
  if (entry === undefined) return "ignored" as StatusOutcome
  const about = { submission_id: submission.id, platform: entry.platform }
  // A takedown tells nothing of its own: what is sold until then is what the message before it told.
  const told = entry.kind === "takedown" ? entry.message - 1 : entry.message
  if (said.state === "live" && message === told) {
    const sold = yield* submissions.confirm(entry)
    yield* (yield* Recordings).markSold(sold, yield* DateTime.now)
    if (entry.status === "withdrawn") yield* Effect.logError("a store sells what was withdrawn", about)
  }
  const verdict = judgeReport(entry, { message, ...said })
  if (verdict._tag === "Ignore") return "ignored" as StatusOutcome
  const step = stepOf(entry, verdict, said, yield* DateTime.now)
  if (!(yield* submissions.take(entry, step))) return "ignored" as StatusOutcome
  if (verdict._tag === "Again") {
    yield* Effect.logError("a store did not take a release down; it is asked again", { ...about, reason: step.reason })
  }
  // Of a refusal that is said again and again the owner hears once.
  if (verdict.reason !== entry.reason || verdict._tag === "Move") {
    const why = verdict.reason ?? (step.to === "taken_down" ? entry.reason : null)
    yield* tellOwner(submission, entry.platform, newsOf(verdict, entry.kind), why, context)
  }
  if (verdict._tag !== "Move") return "noted" as StatusOutcome
  yield* (yield* Outbox).append([storeMoved(submission, entry.platform, step.to, context)])
  return "moved" as StatusOutcome
})
