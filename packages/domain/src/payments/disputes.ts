import { Context, type DateTime, Effect } from "effect"
import { type EventContext, machine, type NewEvent, Outbox } from "../kernel/index.ts"
import { type Dispute, DisputeStage, DisputeStatus } from "./payment.ts"

/** Within a stage. News come in any order: what is over stays over. */
export const disputeMachine = machine<DisputeStatus>({
  open: ["challenged", "accepted", "withdrawn", "expired", "won", "lost"],
  challenged: ["accepted", "withdrawn", "expired", "won", "lost"],
  accepted: [],
  withdrawn: [],
  expired: [],
  won: [],
  lost: []
})

/**
 * What a dispute must have been for something told of it to be news: in an earlier stage, whatever came of that, for a
 * bank may go on when it has lost; or in this one, in a status that may be followed.
 */
export const disputeBefore = ({ stage, status }: Pick<Dispute, "stage" | "status">) => ({
  stages: DisputeStage.literals.slice(0, DisputeStage.literals.indexOf(stage)),
  statuses: disputeMachine.before(status)
})

/** A dispute as it is kept. */
export interface DisputeCase extends Dispute {
  readonly openedAt: DateTime.Utc
  readonly updatedAt: DateTime.Utc
}

/** What evidence can still change. */
export const openDisputes: ReadonlyArray<DisputeStatus> = DisputeStatus.literals.filter(
  (status) => !disputeMachine.isFinal(status)
)

/** The cases that disputes open. */
export class Disputes extends Context.Service<
  Disputes,
  {
    /** Opens a case or moves it on, guarded by `disputeBefore`. */
    readonly record: (dispute: Dispute, at: DateTime.Utc) => Effect.Effect<"opened" | "changed" | "unchanged">
    /** The cases about one payment, by id. */
    readonly ofPayment: (paymentId: Dispute["paymentId"]) => Effect.Effect<ReadonlyArray<Dispute>>
    /** The cases in one of these statuses, the latest opened first. */
    readonly latest: (
      statuses: ReadonlyArray<DisputeStatus>,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DisputeCase>>
  }
>()("@veza/domain/payments/Disputes") {}

const disputeEvent = (
  type: "payment.dispute_opened" | "payment.dispute_changed",
  { id, paymentId, stage, status, amount }: Dispute,
  context: EventContext
): NewEvent => ({
  type,
  aggregate: `payment:${paymentId}`,
  payload: {
    payment_id: paymentId,
    dispute_id: id,
    stage,
    status,
    amount_minor: amount.amount_minor,
    currency: amount.currency
  },
  context
})

/** Keeps what the provider says of a dispute as a case, which the audit trail shows to administrators. */
export const settleDispute = Effect.fn("payments.settleDispute")(function* (
  dispute: Dispute,
  at: DateTime.Utc,
  context: EventContext
) {
  const outcome = yield* (yield* Disputes).record(dispute, at)
  if (outcome === "unchanged") return "unchanged"
  const type = outcome === "opened" ? "payment.dispute_opened" : "payment.dispute_changed"
  yield* (yield* Outbox).append([disputeEvent(type, dispute, context)])
  yield* Effect.logWarning("a payment is disputed", {
    payment_id: dispute.paymentId,
    dispute_id: dispute.id,
    stage: dispute.stage,
    status: dispute.status
  })
  return "settled"
})
