import { type DateTime, Effect } from "effect"
import { Changes, type UserId } from "../kernel/index.ts"
import { type EntryStep, messagesTopic, Submissions } from "./ports.ts"
import type { PlatformStatus } from "./status.ts"
import type { ChangedBy, Entry } from "./submission.ts"

/** How a release leaves a store: `withdrawn` where the store never had it, else by a takedown; undefined: it is leaving. */
export const wayOut = (status: PlatformStatus): "withdrawn" | "takedown_requested" | undefined => {
  switch (status) {
    case "pending":
    case "rejected":
      return "withdrawn"
    case "submitted":
    case "processing":
    case "live":
    case "failed":
      return "takedown_requested"
    case "takedown_requested":
    case "taken_down":
    case "withdrawn":
      return undefined
  }
}

interface Stopping {
  readonly by: ChangedBy
  readonly userId: UserId | null
  readonly reason: string | null
  readonly at: DateTime.Utc
}

/**
 * Ends what goes on with a release at a store, and answers how; undefined where nothing does. A message that is being sent just now may have
 * reached the store, so what waits is withdrawn only before anybody has begun to send it.
 */
export const stopEntry = Effect.fnUntraced(function* (entry: Entry, stopping: Stopping) {
  const submissions = yield* Submissions
  const out = wayOut(entry.status)
  if (out === undefined) return undefined
  const takedown: EntryStep = { ...stopping, to: "takedown_requested", message: "takedown" }
  if (out === "withdrawn") {
    const unsent = entry.status === "pending" ? ({ onlyUnsent: true } as const) : {}
    if (yield* submissions.take(entry, { ...stopping, to: "withdrawn", ...unsent })) return out
    if (entry.status === "rejected") return undefined
  }
  if (!(yield* submissions.take(entry, takedown))) return undefined
  yield* (yield* Changes).announce(messagesTopic, undefined)
  return "takedown_requested"
})
