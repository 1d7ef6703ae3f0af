import { DateTime, Effect, Option } from "effect"
import { type Actor, contextOf, type EventContext, Transaction } from "../kernel/index.ts"
import { applyStatus, type StatusOutcome } from "./apply-status.ts"
import { Distributor, type RawCallback } from "./distributor.ts"
import { UnknownStore } from "./errors.ts"
import type { Platform } from "./platform.ts"
import { Submissions } from "./ports.ts"
import type { StoreReport } from "./report.ts"
import { partsOfDelivery } from "./submission.ts"

/** What became of a callback. `repeated`: it was heard before; `unknown`: it is about nothing of ours. */
export type CallbackOutcome = StatusOutcome | "repeated" | "unknown"

const take = Effect.fnUntraced(function* (
  platform: Platform,
  report: StoreReport,
  at: DateTime.Utc,
  context: EventContext
) {
  const submissions = yield* Submissions
  if (!(yield* submissions.recordCallback(platform, report.id, at))) return "repeated" as CallbackOutcome
  const { entry: id, message } = partsOfDelivery(report.delivery_id)
  const entry = Option.getOrUndefined(yield* submissions.lockEntry(id))
  if (entry === undefined || entry.platform !== platform) return "unknown" as CallbackOutcome
  const submission = Option.getOrUndefined(yield* submissions.byId(entry.submissionId))
  if (submission === undefined) return "unknown" as CallbackOutcome
  const { state, reason, reference } = report
  const outcome: CallbackOutcome = yield* applyStatus(id, submission, message, { state, reason, reference }, context)
  return outcome
})

/**
 * Takes in what a store says (40-distribution): signed over its raw bytes and not long ago, each event once, and in one
 * transaction with what it does. Whatever comes late or twice is answered like the first and changes nothing.
 */
export const takeCallback = Effect.fn("distribution.takeCallback")(function* (
  actor: Actor,
  platform: Platform,
  callback: RawCallback
) {
  const distributor = yield* Distributor
  if (!distributor.platforms.includes(platform)) return yield* new UnknownStore()
  const at = yield* DateTime.now
  const report = yield* Effect.fromResult(distributor.parseCallback(callback, at))
  return yield* (yield* Transaction).atomically(take(platform, report, at, contextOf(actor)))
})
