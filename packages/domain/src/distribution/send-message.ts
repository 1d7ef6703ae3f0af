import { Cause, DateTime, Effect, Exit, Option } from "effect"
import { Ids, Outbox, systemContext, Transaction } from "../kernel/index.ts"
import { Tracks } from "../tracks/index.ts"
import { applyStatus } from "./apply-status.ts"
import { Distributor, MessageRefused, type OutgoingMessage, type StoreStatus, StoreUnavailable } from "./distributor.ts"
import { storeMoved } from "./events.ts"
import { newsOfStatus, tellOwner } from "./mails.ts"
import type { Platform } from "./platform.ts"
import { type ClaimedMessage, Submissions } from "./ports.ts"
import { type DeliveryId, deliveryIdOf } from "./submission.ts"

/** A dead worker's message waits this long; a living one holds on to it in time. */
const holdFor = { seconds: 10 } as const
const holdAgainEvery = "3 seconds"

/** Past this many attempts a delivery is `failed` until it is sent again; a takedown is never given up. */
export const maxAttempts = 8
/** Seconds until attempt `attempts + 1`: 5, 20, 80 … and an hour at most. */
export const messageBackoff = (attempts: number): number => Math.min(3600, 5 * 4 ** (Math.max(1, attempts) - 1))

/** How an attempt at sending a message ended. `known`: the store had it from an attempt before. */
export interface SendReport {
  readonly deliveryId: DeliveryId
  readonly platform: Platform
  readonly kind: ClaimedMessage["entry"]["kind"]
  readonly outcome: "sent" | "known" | "refused" | "put_off" | "given_up" | "lost"
  readonly reason?: string
}

const keepHold = Effect.fnUntraced(function* (claimed: ClaimedMessage) {
  const submissions = yield* Submissions
  do yield* Effect.sleep(holdAgainEvery)
  while (yield* submissions.holdMessage(claimed, DateTime.add(yield* DateTime.now, holdFor)))
  return yield* new StoreUnavailable({ message: "the message is no longer this worker's" })
})

/** The sound of its tracks as they are now: what was blocked, deleted or given away meanwhile goes nowhere. */
const soundsOf = Effect.fnUntraced(function* ({ content, ownerId, entry }: ClaimedMessage) {
  if (entry.kind === "takedown") return []
  const found = yield* (yield* Tracks).byIds(content.tracks.map(({ track_id }) => track_id))
  return yield* Effect.forEach(content.tracks, ({ track_id, title }) => {
    const track = found.find(({ id }) => id === track_id)
    if (track === undefined || track.userId !== ownerId || track.status !== "ready") {
      return Effect.fail(new MessageRefused({ reason: `The track “${title}” is not there any more` }))
    }
    if (track.blockedAt !== null) {
      return Effect.fail(new MessageRefused({ reason: `The track “${title}” is blocked for a claim of infringement` }))
    }
    const { format, sizeBytes, codec, sampleRate, channels, storageBackend, storageKey } = track
    return Effect.succeed({
      trackId: track_id,
      place: { storageBackend, storageKey },
      format,
      sizeBytes,
      codec,
      sampleRate,
      channels
    })
  })
})

const messageOf = Effect.fnUntraced(function* (claimed: ClaimedMessage) {
  const { entry, ownerId, releaseId, content } = claimed
  return {
    deliveryId: deliveryIdOf(entry.id, entry.message),
    platform: entry.platform,
    kind: entry.kind,
    ownerId,
    releaseId,
    content,
    sounds: yield* soundsOf(claimed),
    at: yield* DateTime.now
  } satisfies OutgoingMessage
})

/** The store is asked first: whoever tried before may have succeeded and not lived to write it down. */
const send = Effect.fnUntraced(function* (claimed: ClaimedMessage) {
  const distributor = yield* Distributor
  const { entry } = claimed
  const known = yield* distributor.status(entry.platform, deliveryIdOf(entry.id, entry.message))
  if (Option.isSome(known)) return { outcome: "known", status: known.value } as const
  const message = yield* messageOf(claimed)
  const status = yield* entry.kind === "takedown" ? distributor.takedown(message) : distributor.deliver(message)
  return { outcome: "sent", status } as const
})

const submissionOf = ({ entry, ownerId, releaseId, content }: ClaimedMessage) => ({
  id: entry.submissionId,
  ownerId,
  releaseId,
  title: content.title
})

const settle = Effect.fnUntraced(function* (claimed: ClaimedMessage, status: StoreStatus) {
  const submissions = yield* Submissions
  if (!(yield* submissions.settleMessage(claimed))) return false
  const { entry } = claimed
  yield* applyStatus(entry.id, submissionOf(claimed), entry.message, status)
  return true
})

/** Sending failed for good: the owner learns why and may send it again. */
const giveUp = Effect.fnUntraced(function* (claimed: ClaimedMessage, reason: string) {
  const submissions = yield* Submissions
  const { entry } = claimed
  if (!(yield* submissions.settleMessage(claimed))) return false
  const isNew = entry.kind === "new"
  const to = isNew ? "failed" : entry.status
  const at = yield* DateTime.now
  if (!(yield* submissions.take(entry, { to, by: "system", userId: null, reason, at }))) return true
  const submission = submissionOf(claimed)
  yield* tellOwner(submission, entry.platform, isNew ? newsOfStatus(to) : "change_refused", reason, systemContext)
  if (isNew) yield* (yield* Outbox).append([storeMoved(submission, entry.platform, to, systemContext)])
  return true
})

const afterFailure = Effect.fnUntraced(function* (claimed: ClaimedMessage, reason: string) {
  const { entry } = claimed
  if (entry.kind !== "takedown" && entry.attempts >= maxAttempts) {
    const given = yield* (yield* Transaction).atomically(giveUp(claimed, reason))
    return given ? "given_up" : "lost"
  }
  const at = DateTime.add(yield* DateTime.now, { seconds: messageBackoff(entry.attempts) })
  yield* (yield* Submissions).putOffMessage(claimed, at)
  return "put_off"
})

const reasonOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : "sending it failed"
}

/**
 * Sends the message that has waited longest, if one waits (40-distribution, "Delivery"). Exactly once in effect: the
 * store takes each delivery id once, and is asked for it before anything is sent again.
 */
export const sendMessage = Effect.fn("distribution.sendMessage")(function* () {
  const transaction = yield* Transaction
  const at = yield* DateTime.now
  const claim = yield* (yield* Ids).entity
  const found = yield* (yield* Submissions).claimMessage(claim, at, DateTime.add(at, holdFor))
  if (Option.isNone(found)) return undefined
  const claimed = found.value
  const { entry } = claimed
  const about = {
    deliveryId: deliveryIdOf(entry.id, entry.message),
    platform: entry.platform,
    kind: entry.kind
  }
  // Whoever is asked to stop gives the message back, for another worker to ask the store about it.
  const giveBack = Effect.flatMap(Submissions, (submissions) => submissions.putOffMessage(claimed, at))
  const exit = yield* Effect.exit(Effect.raceFirst(send(claimed), keepHold(claimed))).pipe(
    Effect.onInterrupt(() => giveBack)
  )
  if (Exit.isSuccess(exit)) {
    const kept = yield* transaction.atomically(settle(claimed, exit.value.status))
    return { ...about, outcome: kept ? exit.value.outcome : "lost" } satisfies SendReport
  }
  const refused = Cause.squash(exit.cause)
  if (refused instanceof MessageRefused) {
    const { reason, by } = refused
    const status: StoreStatus = { state: "rejected", reason, ...(by === undefined ? { by: "system" } : {}) }
    yield* transaction.atomically(settle(claimed, status))
    return { ...about, outcome: "refused", reason } satisfies SendReport
  }
  const reason = reasonOf(exit.cause)
  return { ...about, outcome: yield* afterFailure(claimed, reason), reason } satisfies SendReport
})
