import { DateTime, Duration, Effect } from "effect"
import {
  forgetEndedKeys,
  finishDeletions,
  forgetEndedSessions,
  forgetHeldUsernames,
  forgetMailTokens,
  forgetStaleProofs,
  forgetOAuthStates,
  forgetSuccessors,
  purgeAbandonedRegistrations,
  sweepExports,
  sweepImages
} from "@veza/domain/accounts"
import { Inbox } from "@veza/domain/kernel"
import { forgetDeliveries, reconcilePayments, resumeDeliveries } from "@veza/domain/payments"
import { forgetIdempotencyKeys, type Job, turnAccessLog } from "@veza/domain/platform"
import { advanceSubscriptions, refundPayments, sendPayments } from "@veza/domain/subscriptions"
import {
  forgetNoticedPeople,
  noteGarbage,
  removeLeftFiles,
  rollUpPlays,
  sweepOrphans,
  sweepRenditions,
  sweepUploads,
  turnPlays
} from "@veza/domain/tracks"

/** A relayed event is never older than its longest retries; a month of memory is more than enough. */
const inboxMemory = { days: 30 } as const

const forgetInbox = Effect.fnUntraced(function* () {
  return yield* (yield* Inbox).forget(DateTime.subtract(yield* DateTime.now, inboxMemory))
})

type JobServices =
  | Inbox
  | Effect.Services<ReturnType<typeof forgetEndedKeys>>
  | Effect.Services<ReturnType<typeof finishDeletions>>
  | Effect.Services<ReturnType<typeof forgetEndedSessions>>
  | Effect.Services<ReturnType<typeof forgetIdempotencyKeys>>
  | Effect.Services<ReturnType<typeof forgetHeldUsernames>>
  | Effect.Services<ReturnType<typeof forgetMailTokens>>
  | Effect.Services<ReturnType<typeof forgetStaleProofs>>
  | Effect.Services<ReturnType<typeof forgetNoticedPeople>>
  | Effect.Services<ReturnType<typeof forgetOAuthStates>>
  | Effect.Services<ReturnType<typeof forgetSuccessors>>
  | Effect.Services<ReturnType<typeof forgetDeliveries>>
  | Effect.Services<ReturnType<typeof reconcilePayments>>
  | Effect.Services<ReturnType<typeof resumeDeliveries>>
  | Effect.Services<ReturnType<typeof purgeAbandonedRegistrations>>
  | Effect.Services<ReturnType<typeof sweepImages>>
  | Effect.Services<ReturnType<typeof sweepExports>>
  | Effect.Services<ReturnType<typeof noteGarbage>>
  | Effect.Services<ReturnType<typeof removeLeftFiles>>
  | Effect.Services<ReturnType<typeof sweepOrphans>>
  | Effect.Services<ReturnType<typeof sweepRenditions>>
  | Effect.Services<ReturnType<typeof sweepUploads>>
  | Effect.Services<ReturnType<typeof rollUpPlays>>
  | Effect.Services<ReturnType<typeof turnPlays>>
  | Effect.Services<ReturnType<typeof turnAccessLog>>
  | Effect.Services<ReturnType<typeof advanceSubscriptions>>
  | Effect.Services<ReturnType<typeof sendPayments>>
  | Effect.Services<ReturnType<typeof refundPayments>>

/** What runs by the clock, once across all workers. */
export const jobs: ReadonlyArray<Job<JobServices>> = [
  { name: "roll-up-plays", every: Duration.seconds(15), timeout: Duration.minutes(5), run: rollUpPlays() },
  {
    name: "advance-subscriptions",
    every: Duration.minutes(1),
    timeout: Duration.minutes(4),
    run: advanceSubscriptions()
  },
  { name: "send-payments", every: Duration.minutes(1), timeout: Duration.minutes(5), run: sendPayments() },
  { name: "refund-payments", every: Duration.minutes(5), timeout: Duration.minutes(5), run: refundPayments() },
  { name: "turn-plays", every: Duration.hours(1), timeout: Duration.minutes(5), run: turnPlays() },
  { name: "sweep-uploads", every: Duration.minutes(10), timeout: Duration.minutes(5), run: sweepUploads() },
  { name: "sweep-images", every: Duration.hours(1), timeout: Duration.minutes(5), run: sweepImages() },
  { name: "sweep-renditions", every: Duration.hours(1), timeout: Duration.minutes(30), run: sweepRenditions() },
  {
    name: "sweep-orphans",
    every: Duration.hours(1),
    timeout: Duration.minutes(5),
    atStart: true,
    run: sweepOrphans()
  },
  { name: "note-garbage", every: Duration.hours(1), timeout: Duration.minutes(10), run: noteGarbage() },
  { name: "remove-left-files", every: Duration.minutes(10), timeout: Duration.minutes(10), run: removeLeftFiles() },
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
  { name: "turn-access-log", every: Duration.hours(1), timeout: Duration.minutes(5), run: turnAccessLog() },
  { name: "sweep-exports", every: Duration.minutes(10), timeout: Duration.minutes(5), run: sweepExports() },
  { name: "finish-deletions", every: Duration.hours(1), timeout: Duration.minutes(30), run: finishDeletions() },
  { name: "forget-mail-tokens", every: Duration.hours(1), timeout: Duration.minutes(5), run: forgetMailTokens() },
  {
    name: "forget-idempotency-keys",
    every: Duration.hours(1),
    timeout: Duration.minutes(5),
    run: forgetIdempotencyKeys()
  },
  { name: "forget-stale-proofs", every: Duration.hours(1), timeout: Duration.minutes(5), run: forgetStaleProofs() },
  {
    name: "forget-held-usernames",
    every: Duration.days(1),
    timeout: Duration.minutes(5),
    run: forgetHeldUsernames()
  },
  {
    name: "forget-noticed-people",
    every: Duration.days(1),
    timeout: Duration.minutes(30),
    run: forgetNoticedPeople()
  },
  { name: "forget-oauth-states", every: Duration.hours(1), timeout: Duration.minutes(5), run: forgetOAuthStates() },
  { name: "forget-sessions", every: Duration.days(1), timeout: Duration.minutes(30), run: forgetEndedSessions() },
  { name: "forget-api-keys", every: Duration.days(1), timeout: Duration.minutes(30), run: forgetEndedKeys() },
  {
    name: "resume-payment-webhooks",
    every: Duration.seconds(15),
    timeout: Duration.minutes(1),
    atStart: true,
    run: resumeDeliveries()
  },
  {
    name: "reconcile-payments",
    every: Duration.minutes(10),
    timeout: Duration.minutes(30),
    run: reconcilePayments()
  },
  {
    name: "forget-payment-webhooks",
    every: Duration.days(1),
    timeout: Duration.minutes(30),
    run: forgetDeliveries()
  },
  { name: "forget-inbox", every: Duration.days(1), timeout: Duration.minutes(30), run: forgetInbox() }
]
