import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { UserId } from "@veza/domain/kernel"
import {
  BillingCycle,
  dueAt,
  type HistoryEntry,
  InvoiceId,
  PlanId,
  runningStatuses,
  type Subscription,
  SubscriptionId,
  Subscriptions,
  SubscriptionStatus,
  SubscriptionStep
} from "@veza/domain/subscriptions"
import { bounded, Database } from "./client.ts"
import { keysetPages } from "./keyset-page.ts"
import { decodePlan, decodeSubscription, planColumns, subscriptionColumns } from "./subscription-row.ts"

const decodeStanding = Schema.decodeUnknownEffect(
  Schema.Struct({
    plan: PlanId,
    status: SubscriptionStatus,
    periodEnd: Schema.NullOr(Schema.DateTimeUtcFromDate),
    cancelAtPeriodEnd: Schema.Boolean,
    isPaid: Schema.Boolean
  })
)

const historyColumns = `id, subscription_id AS "subscriptionId", user_id AS "userId", step, from_status AS "from",
  to_status AS "to", plan, cycle, invoice_id AS "invoiceId", by_user AS "by", created_at AS "at"`
const decodeEntry = Schema.decodeUnknownEffect(
  Schema.Struct({
    id: Schema.String,
    subscriptionId: SubscriptionId,
    userId: UserId,
    step: SubscriptionStep,
    from: Schema.NullOr(SubscriptionStatus),
    to: SubscriptionStatus,
    plan: PlanId,
    cycle: BillingCycle,
    invoiceId: Schema.NullOr(InvoiceId),
    by: Schema.NullOr(UserId),
    at: Schema.DateTimeUtcFromDate
  })
)

const dateOf = (at: DateTime.Utc | null): Date | null => at && DateTime.toDate(at)

export const subscriptionsPostgres = Layer.effect(
  Subscriptions,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const columns = sql.literal(subscriptionColumns)
    const historyPage = yield* keysetPages({
      table: "subscription_history",
      columns: historyColumns,
      sorts: {
        created_at: {
          column: "created_at",
          type: "timestamptz",
          of: (entry: HistoryEntry) => DateTime.formatIso(entry.at)
        }
      },
      idOf: ({ id }) => id,
      decode: (row) => decodeEntry(row)
    })
    const one = <E>(rows: Effect.Effect<ReadonlyArray<unknown>, E>) =>
      bounded(
        Effect.flatMap(rows, ([row]) =>
          row === undefined ? Effect.succeedNone : Effect.map(decodeSubscription(row), Option.some)
        )
      )
    const written = (subscription: Subscription) => ({
      periodStart: dateOf(subscription.periodStart),
      periodEnd: dateOf(subscription.periodEnd),
      trialEndsAt: dateOf(subscription.trialEndsAt),
      trialRemindedAt: dateOf(subscription.trialRemindedAt),
      waitingSince: dateOf(subscription.waitingSince),
      failedAt: dateOf(subscription.failedAt),
      endedAt: dateOf(subscription.endedAt),
      dueAt: dateOf(dueAt(subscription))
    })

    return Subscriptions.of({
      catalog: bounded(
        Effect.flatMap(sql`SELECT ${sql.literal(planColumns)} FROM plans ORDER BY rank, version`, (rows) =>
          Effect.forEach(rows, decodePlan)
        )
      ),
      standingOf: (userId) =>
        bounded(
          Effect.flatMap(
            sql`SELECT plan, status, period_end AS "periodEnd", cancel_at_period_end AS "cancelAtPeriodEnd",
                EXISTS (SELECT 1 FROM invoices i WHERE i.subscription_id = s.id AND i.period_start = s.period_start
                  AND i.plan = s.plan AND i.status = 'paid') AS "isPaid"
              FROM subscriptions s WHERE user_id = ${userId} ORDER BY ended_at DESC NULLS FIRST, id LIMIT 1`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.map(decodeStanding(row), Option.some))
          )
        ),
      byId: (id) => one(sql`SELECT ${columns} FROM subscriptions WHERE id = ${id}`),
      runningOf: (userId) =>
        one(sql`SELECT ${columns} FROM subscriptions
          WHERE user_id = ${userId} AND ${sql.in("status", runningStatuses)}`),
      lock: (id) => one(sql`SELECT ${columns} FROM subscriptions WHERE id = ${id} FOR UPDATE`),
      add: Effect.fnUntraced(function* (subscription) {
        // The account is locked against deletion, which would otherwise miss what is written here.
        const owners = yield* bounded(
          sql`SELECT 1 FROM users WHERE id = ${subscription.userId} AND deleted_at IS NULL FOR SHARE`
        )
        if (owners.length === 0) return false
        const row = written(subscription)
        const added = yield* bounded(sql`
            INSERT INTO subscriptions (id, user_id, plan, plan_version, cycle, status, anchor_at, period_start,
              period_end, trial_ends_at, trial_reminded_at, cancel_at_period_end, next_plan, next_cycle, invoice_id,
              waiting_since, failed_at, retries, created_at, updated_at, ended_at, revision, due_at)
            VALUES (${subscription.id}, ${subscription.userId}, ${subscription.plan}, ${subscription.planVersion},
              ${subscription.cycle}, ${subscription.status}, ${DateTime.toDate(subscription.anchorAt)},
              ${row.periodStart}, ${row.periodEnd}, ${row.trialEndsAt}, ${row.trialRemindedAt},
              ${subscription.cancelAtPeriodEnd}, ${subscription.nextPlan}, ${subscription.nextCycle},
              ${subscription.invoiceId}, ${row.waitingSince}, ${row.failedAt}, ${subscription.retries},
              ${DateTime.toDate(subscription.createdAt)}, ${DateTime.toDate(subscription.updatedAt)}, ${row.endedAt},
              ${subscription.revision}, ${row.dueAt})
            ON CONFLICT DO NOTHING RETURNING 1`)
        return added.length > 0
      }),
      save: (subscription, from) => {
        const row = written(subscription)
        return Effect.map(
          bounded(sql`
            UPDATE subscriptions SET plan = ${subscription.plan}, plan_version = ${subscription.planVersion},
              cycle = ${subscription.cycle}, status = ${subscription.status},
              anchor_at = ${DateTime.toDate(subscription.anchorAt)}, period_start = ${row.periodStart},
              period_end = ${row.periodEnd}, trial_ends_at = ${row.trialEndsAt},
              trial_reminded_at = ${row.trialRemindedAt}, cancel_at_period_end = ${subscription.cancelAtPeriodEnd},
              next_plan = ${subscription.nextPlan}, next_cycle = ${subscription.nextCycle},
              invoice_id = ${subscription.invoiceId}, waiting_since = ${row.waitingSince},
              failed_at = ${row.failedAt}, retries = ${subscription.retries},
              updated_at = ${DateTime.toDate(subscription.updatedAt)}, ended_at = ${row.endedAt},
              revision = ${subscription.revision}, due_at = ${row.dueAt}
            WHERE id = ${from.id} AND status = ${from.status} AND revision = ${from.revision} RETURNING 1`),
          (rows) => rows.length > 0
        )
      },
      hasTried: (userId, address) =>
        Effect.map(
          bounded(sql`SELECT 1 FROM subscription_trials WHERE user_id = ${userId} OR address_digest = ${address}`),
          (rows) => rows.length > 0
        ),
      takeTrial: (userId, address, at) =>
        Effect.map(
          bounded(sql`
            INSERT INTO subscription_trials (user_id, address_digest, begun_at)
            VALUES (${userId}, ${address}, ${DateTime.toDate(at)}) ON CONFLICT DO NOTHING RETURNING 1`),
          (rows) => rows.length > 0
        ),
      due: (at, after, limit) => {
        const key = after === undefined ? null : dateOf(dueAt(after))
        return bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM subscriptions WHERE due_at <= ${DateTime.toDate(at)}
              AND (${key}::timestamptz IS NULL OR (due_at, id) > (${key}::timestamptz, ${after?.id ?? null}::uuid))
              ORDER BY due_at, id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, decodeSubscription)
          )
        )
      },
      record: (entries) =>
        entries.length === 0
          ? Effect.void
          : bounded(sql`
              INSERT INTO subscription_history (id, subscription_id, user_id, step, from_status, to_status, plan, cycle,
                invoice_id, by_user, created_at)
              SELECT * FROM jsonb_to_recordset(${JSON.stringify(
                entries.map((entry) => ({
                  id: entry.id,
                  subscription_id: entry.subscriptionId,
                  user_id: entry.userId,
                  step: entry.step,
                  from_status: entry.from,
                  to_status: entry.to,
                  plan: entry.plan,
                  cycle: entry.cycle,
                  invoice_id: entry.invoiceId,
                  by_user: entry.by,
                  created_at: DateTime.formatIso(entry.at)
                }))
              )}::jsonb) AS entry (id uuid, subscription_id uuid, user_id uuid, step text, from_status text,
                to_status text, plan text, cycle text, invoice_id uuid, by_user uuid, created_at timestamptz)`),
      history: (userId, plan) => historyPage([sql`user_id = ${userId}`], plan),
      ofOwner: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM subscriptions
              WHERE user_id = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
              ORDER BY id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, decodeSubscription)
          )
        )
    })
  })
)
