import { DateTime, Result, Schema } from "effect"
import { machine, UserId, Uuid } from "../../kernel/index.ts"
import { TrackId } from "../track.ts"
import { endOfBusinessDay } from "./business-days.ts"
import { NoticeConflict, RestorationTooEarly } from "./errors.ts"
import { NoticeStatus } from "./status.ts"
import type { CounterStatement } from "./statements.ts"

export const NoticeId = Uuid.pipe(Schema.brand("NoticeId"))
export type NoticeId = typeof NoticeId.Type

/**
 * The life of a notice of infringement (20-tracks, "Rights"; 17 U.S.C. §512). `taken_down → restored`: the claimant
 * withdrew; `countered → restored`: the time for going to court is over.
 */
export const noticeMachine = machine<NoticeStatus>({
  received: ["taken_down", "dismissed"],
  taken_down: ["countered", "restored"],
  countered: ["restored"],
  dismissed: [],
  restored: []
})

/** While a notice is in one of these its track is blocked; several notices may block one track. */
export const blockingStatuses: ReadonlyArray<NoticeStatus> = ["taken_down", "countered"]

const text = Schema.NullOr(Schema.String)
const time = Schema.NullOr(Schema.DateTimeUtc)

export class Notice extends Schema.Class<Notice>("Notice")({
  id: NoticeId,
  /** The track may be gone by now. */
  trackId: TrackId,
  ownerId: UserId,
  /** As it was when the notice came; null once the owner's account is. */
  trackTitle: text,
  status: NoticeStatus,
  /** Who sent it, and how to reach them; null once that is forgotten. */
  claimantName: text,
  claimantAddress: text,
  claimantPhone: text,
  claimantEmail: text,
  onBehalfOf: text,
  signature: text,
  workDescription: Schema.String,
  workUrl: text,
  createdAt: Schema.DateTimeUtc,
  /** Taken down or dismissed. */
  decidedAt: time,
  decidedBy: Schema.NullOr(UserId),
  /** Why it was dismissed. */
  reason: text,
  counteredAt: time,
  /** The owner's, like the claimant's. */
  counterName: text,
  counterAddress: text,
  counterPhone: text,
  counterStatement: text,
  counterSignature: text,
  restoredAt: time,
  restoredBy: Schema.NullOr(UserId),
  claimantWithdrew: Schema.NullOr(Schema.Boolean)
}) {}

/** A step of a notice, and what is recorded with it. */
export type NoticeStep =
  | { readonly to: "taken_down"; readonly by: UserId; readonly at: DateTime.Utc }
  | { readonly to: "dismissed"; readonly by: UserId; readonly at: DateTime.Utc; readonly reason: string }
  | { readonly to: "countered"; readonly at: DateTime.Utc; readonly statement: CounterStatement }
  | { readonly to: "restored"; readonly by: UserId; readonly at: DateTime.Utc; readonly claimantWithdrew: boolean }

/** The statuses that a step may leave: without a withdrawal nothing is restored that was not countered. */
export const statusesBefore = (step: NoticeStep): ReadonlyArray<NoticeStatus> =>
  step.to === "restored" && !step.claimantWithdrew ? ["countered"] : noticeMachine.before(step.to)

/**
 * When a countered track may be restored and by when it must be, unless the claimant goes to court: not less than 10 nor
 * more than 14 business days after the counter-notice (17 U.S.C. §512(g)(2)(C)). Days end at midnight UTC.
 */
export const restorationWindow = (counteredAt: DateTime.Utc) => {
  const received = DateTime.toEpochMillis(counteredAt)
  return {
    from: DateTime.makeUnsafe(endOfBusinessDay(received, 10)),
    by: DateTime.makeUnsafe(endOfBusinessDay(received, 14))
  }
}

/** May a track be restored now? A withdrawal of the claimant opens it at any time. */
export const judgeRestoration = (
  { status, counteredAt }: Pick<Notice, "status" | "counteredAt">,
  claimantWithdrew: boolean,
  at: DateTime.Utc
): Result.Result<void, NoticeConflict | RestorationTooEarly> => {
  if (!noticeMachine.allows(status, "restored")) return Result.fail(new NoticeConflict({ status }))
  if (claimantWithdrew) return Result.void
  if (counteredAt === null) return Result.fail(new NoticeConflict({ status }))
  const { from } = restorationWindow(counteredAt)
  return DateTime.isLessThan(at, from) ? Result.fail(new RestorationTooEarly({ restorableFrom: from })) : Result.void
}
