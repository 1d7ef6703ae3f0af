import { DateTime, Effect, Option } from "effect"
import { type EventContext, Outbox, systemContext } from "../kernel/index.ts"
import type { StoreStatus } from "./distributor.ts"
import { storeMoved } from "./events.ts"
import { Submissions } from "./ports.ts"
import { judgeReport } from "./report.ts"
import type { EntryId, Submission } from "./submission.ts"

export type StatusOutcome = "moved" | "noted" | "ignored"

/**
 * Does to an entry what a store says of one of its messages. Within a transaction, in which the entry stays as it is read:
 * of two reports that come together neither is lost.
 */
export const applyStatus = Effect.fnUntraced(function* (
  id: EntryId,
  submission: Pick<Submission, "id" | "ownerId" | "releaseId">,
  message: number,
  said: StoreStatus,
  context: EventContext = systemContext
) {
  const submissions = yield* Submissions
  const entry = Option.getOrUndefined(yield* submissions.lockEntry(id))
  if (entry === undefined) return "ignored" as StatusOutcome
  const verdict = judgeReport(entry, { message, ...said })
  if (verdict._tag === "Ignore") return "ignored" as StatusOutcome
  const to = verdict._tag === "Move" ? verdict.to : entry.status
  const taken = yield* submissions.take(entry, {
    to,
    by: "store",
    userId: null,
    reason: verdict.reason,
    at: yield* DateTime.now,
    reference: said.reference
  })
  if (!taken) return "ignored" as StatusOutcome
  if (verdict._tag === "Note") return "noted" as StatusOutcome
  yield* (yield* Outbox).append([storeMoved(submission, entry.platform, to, context)])
  return "moved" as StatusOutcome
})
