import { DateTime, Effect, Option } from "effect"
import { systemContext } from "../kernel/index.ts"
import type { TrackId } from "../tracks/index.ts"
import { tellOwner } from "./mails.ts"
import { Submissions } from "./ports.ts"
import { stopEntry } from "./stop-entry.ts"

/**
 * Takes every release with a track off the stores: the track was deleted, or is blocked for a claim. Repeatable. Of what
 * never reached a store its owner hears at once, of the rest when the store has done it.
 */
export const stopTrack = Effect.fn("distribution.stopTrack")(function* (track: TrackId, reason: string) {
  const submissions = yield* Submissions
  const at = yield* DateTime.now
  for (const entry of yield* submissions.openOf({ track })) {
    if ((yield* stopEntry(entry, { by: "system", userId: null, reason, at })) !== "withdrawn") continue
    const submission = Option.getOrUndefined(yield* submissions.byId(entry.submissionId))
    if (submission !== undefined) yield* tellOwner(submission, entry.platform, "withdrawn", reason, systemContext)
  }
})
