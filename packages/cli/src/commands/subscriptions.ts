import { DateTime, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { dueAt, dueWork, type Subscription, Subscriptions } from "@veza/domain/subscriptions"
import { print } from "../output.ts"
import { root } from "../root.ts"
import { withDatabase } from "../with-settings.ts"

/** Subscriptions that one call shows. */
const most = 1000
/** Ten years: further ahead nothing is due. */
const mostDays = 3650
const within = Flag.Int("days").pipe(
  Flag.filter(
    (days) => days >= 0 && days <= mostDays,
    () => `0 to ${mostDays} days`
  ),
  Flag.withDescription("Also what becomes due within so many days"),
  Flag.withDefault(0)
)

const minute = (at: DateTime.Utc | null): string => (at === null ? "" : DateTime.formatIso(at).slice(0, 16))

const row = (subscription: Subscription) => ({
  id: subscription.id,
  user_id: subscription.userId,
  plan: subscription.plan,
  billing_cycle: subscription.cycle,
  status: subscription.status,
  due_at: DateTime.formatIso(dueAt(subscription) ?? subscription.updatedAt),
  work: dueWork(subscription)
})

/** As wide as a terminal of 80 columns: when, which one, and what is to be done. */
const line = (subscription: Subscription): string =>
  `  ${minute(dueAt(subscription))}  ${subscription.id}  ${dueWork(subscription)}`

const due = Effect.fnUntraced(function* ({ days }: { readonly days: number }) {
  const now = yield* DateTime.now
  const found = yield* (yield* Subscriptions).due(DateTime.add(now, { days }), undefined, most + 1)
  const shown = found.slice(0, most)
  const overdue = shown.filter((subscription) => {
    const at = dueAt(subscription)
    return at !== null && !DateTime.isGreaterThan(at, now)
  }).length
  const isMore = found.length > most
  yield* print(
    yield* root,
    { due: overdue, more: isMore, list: shown.map(row) },
    shown.length === 0
      ? ["Nothing is due."]
      : [
          `${overdue} due now${days > 0 ? `, ${shown.length - overdue} within ${days} days` : ""}. Times are UTC.`,
          ...shown.map(line),
          ...(isMore ? [`  … and more; these are the first ${most}.`] : [])
        ]
  )
}, withDatabase)

export const subscriptions = Command.make("subscriptions").pipe(
  Command.withDescription("Look after subscriptions"),
  Command.withSubcommands([
    Command.make("due", { days: within }, due).pipe(
      Command.withDescription(
        "What the worker has to do for subscriptions now: reminders, renewals, retries, ends. It does so each minute; a list that stays tells that no worker runs"
      )
    )
  ])
)
