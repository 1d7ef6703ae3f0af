import { DateTime, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { type DisputeCase, Disputes, DisputeStatus, openDisputes } from "@veza/domain/payments"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"
import { withDatabase } from "../with-settings.ts"

/** Cases that are shown; there should never be as many. */
const most = 1000

const dayOf = (at: DateTime.Utc): string => DateTime.formatIso(at).slice(0, 10)

/** Minor units, for how many digits stand behind the point is each currency's own matter. */
const line = ({ id, paymentId, status, amount, reason, challengeUntil, openedAt }: DisputeCase) =>
  [
    `${dayOf(openedAt)} ${status}`,
    [
      `${amount.amount_minor} minor units of ${amount.currency}`,
      ...(challengeUntil === undefined ? [] : [`evidence until ${dayOf(challengeUntil)}`]),
      ...(reason === undefined ? [] : [reason]),
      `payment ${paymentId}`,
      id
    ].join(", ")
  ] as const

const listDisputes = Effect.fnUntraced(function* ({ all }: { readonly all: boolean }) {
  const found = yield* (yield* Disputes).latest(all ? DisputeStatus.literals : openDisputes, most)
  const disputes = found.map(({ paymentId, challengeUntil, openedAt, updatedAt, reason, ...dispute }) => ({
    ...dispute,
    payment_id: paymentId,
    reason: reason ?? null,
    challenge_until: challengeUntil === undefined ? null : DateTime.formatIso(challengeUntil),
    opened_at: DateTime.formatIso(openedAt),
    updated_at: DateTime.formatIso(updatedAt)
  }))
  yield* print(
    yield* root,
    { disputes },
    found.length === 0 ? ["No dispute is open."] : columns(found.map((dispute) => line(dispute)))
  )
}, withDatabase)

export const payments = Command.make("payments").pipe(
  Command.withDescription("Look after payments"),
  Command.withSubcommands([
    Command.make(
      "disputes",
      {
        all: Flag.Boolean("all").pipe(Flag.withDescription("Also those that are over"), Flag.withDefault(false))
      },
      listDisputes
    ).pipe(Command.withDescription("List the payments that payers' banks take back or ask about, the latest first"))
  ])
)
