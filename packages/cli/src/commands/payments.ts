import { DateTime, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { type DisputeCase, Disputes, DisputeStatus, openDisputes } from "@veza/domain/payments"
import { formatAmount } from "@veza/domain/subscriptions"
import { print } from "../output.ts"
import { root } from "../root.ts"
import { withDatabase } from "../with-settings.ts"

/** Cases that are shown; there should never be as many. */
const most = 1000

const dayOf = (at: DateTime.Utc): string => DateTime.formatIso(at).slice(0, 10)

/** What the payer's bank wrote, on one line of a terminal and without its commands. */
const oneLine = (text: string): string => text.replaceAll(/\p{C}+/gu, " ").slice(0, 64)

/** As wide as a terminal of 80 columns, with the names whole, for they are what the provider is asked by. */
const lines = ({ id, paymentId, stage, status, amount, reason, challengeUntil, openedAt }: DisputeCase) => [
  [
    `  ${dayOf(openedAt)}  ${status.padEnd(10)} ${formatAmount(amount.amount_minor, amount.currency)}`,
    ...(challengeUntil === undefined ? [] : [`evidence until ${dayOf(challengeUntil)}`])
  ].join(", "),
  `    ${id}, ${stage.replaceAll("_", " ")}`,
  `    of ${paymentId}`,
  ...(reason === undefined ? [] : [`    ${oneLine(reason)}`])
]

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
    found.length > 0
      ? found.flatMap((dispute) => lines(dispute))
      : [all ? "There is no dispute." : "No dispute is open."]
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
