import { DateTime, Duration, Effect } from "effect"
import {
  forgetEndedSessions,
  forgetMailTokens,
  forgetSuccessors,
  purgeAbandonedRegistrations
} from "@veza/domain/accounts"
import { Inbox } from "@veza/domain/kernel"
import type { Job } from "@veza/domain/platform"
import { sweepOrphans, sweepUploads } from "@veza/domain/tracks"

/** A relayed event is never older than its longest retries; a month of memory is more than enough. */
const inboxMemory = { days: 30 } as const

const forgetInbox = Effect.fnUntraced(function* () {
  return yield* (yield* Inbox).forget(DateTime.subtract(yield* DateTime.now, inboxMemory))
})

type JobServices =
  | Inbox
  | Effect.Services<ReturnType<typeof forgetEndedSessions>>
  | Effect.Services<ReturnType<typeof forgetMailTokens>>
  | Effect.Services<ReturnType<typeof forgetSuccessors>>
  | Effect.Services<ReturnType<typeof purgeAbandonedRegistrations>>
  | Effect.Services<ReturnType<typeof sweepOrphans>>
  | Effect.Services<ReturnType<typeof sweepUploads>>

/** What runs by the clock, once across all workers. */
export const jobs: ReadonlyArray<Job<JobServices>> = [
  { name: "sweep-uploads", every: Duration.minutes(10), timeout: Duration.minutes(5), run: sweepUploads() },
  { name: "sweep-orphans", every: Duration.hours(1), timeout: Duration.minutes(5), run: sweepOrphans() },
  {
    name: "purge-abandoned-registrations",
    every: Duration.hours(1),
    timeout: Duration.minutes(5),
    run: purgeAbandonedRegistrations()
  },
  {
    name: "forget-refresh-successors",
    every: Duration.minutes(1),
    timeout: Duration.minutes(5),
    run: forgetSuccessors()
  },
  { name: "forget-mail-tokens", every: Duration.hours(1), timeout: Duration.minutes(5), run: forgetMailTokens() },
  { name: "forget-sessions", every: Duration.days(1), timeout: Duration.minutes(30), run: forgetEndedSessions() },
  { name: "forget-inbox", every: Duration.days(1), timeout: Duration.minutes(30), run: forgetInbox() }
]
