import { DateTime, Effect } from "effect"
import { failureMemory } from "./attempts.ts"
import { EmailChanges } from "./email-change-ports.ts"
import { FailedAttempts, LoginChallenges } from "./second-factor-ports.ts"

/** Job: removes challenges and changes of address that have ended, and failures that count no more; answers how many. */
export const forgetStaleProofs = Effect.fn("accounts.forgetStaleProofs")(function* () {
  const now = yield* DateTime.now
  const challenges = yield* (yield* LoginChallenges).forget(now)
  const changes = yield* (yield* EmailChanges).forget(now)
  const failures = yield* (yield* FailedAttempts).forget(DateTime.subtract(now, { hours: failureMemory }))
  return challenges + changes + failures
})
