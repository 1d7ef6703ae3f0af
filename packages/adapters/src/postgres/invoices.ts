import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { askAgainAt, askFrom, PaymentId } from "@veza/domain/payments"
import {
  Invoice,
  InvoiceId,
  InvoiceLine,
  invoiceMachine,
  invoiceNumber,
  Invoices,
  type InvoiceSort
} from "@veza/domain/subscriptions"
import { bounded, Database } from "./client.ts"
import { type KeysetSort, keysetPages } from "./keyset-page.ts"

const time = Schema.NullOr(Schema.DateTimeUtcFromDate)
const columnsOf = (table: string) => `${table}.id, ${table}.subscription_id AS "subscriptionId",
  ${table}.user_id AS "userId", ${table}.number, ${table}.kind, ${table}.status, ${table}.plan,
  ${table}.plan_version AS "planVersion", ${table}.cycle, ${table}.anchor_at AS "anchorAt",
  ${table}.period_start AS "periodStart", ${table}.period_end AS "periodEnd", ${table}.currency,
  ${table}.subtotal_minor::float8 AS "subtotalMinor", ${table}.tax_rate_bps AS "taxRateBps",
  ${table}.tax_minor::float8 AS "taxMinor", ${table}.total_minor::float8 AS "totalMinor", ${table}.lines,
  ${table}.attempts, ${table}.created_at AS "createdAt", ${table}.issued_at AS "issuedAt", ${table}.paid_at AS "paidAt",
  (SELECT max(paid.refunded_at) FROM invoice_payments paid WHERE paid.invoice_id = ${table}.id
    AND paid.outcome = 'succeeded' HAVING bool_and(paid.refund_due_at IS NOT NULL)) AS "refundedAt"`
const invoiceColumns = columnsOf("invoices")

const decodeRow = Schema.decodeUnknownEffect(
  Schema.Struct({
    ...Invoice.fields,
    anchorAt: Schema.DateTimeUtcFromDate,
    periodStart: Schema.DateTimeUtcFromDate,
    periodEnd: Schema.DateTimeUtcFromDate,
    createdAt: Schema.DateTimeUtcFromDate,
    issuedAt: Schema.DateTimeUtcFromDate,
    paidAt: time,
    refundedAt: time
  })
)
/** Decoding has checked every field already, so the class need not. */
const decode = (row: unknown) => Effect.map(decodeRow(row), (fields) => new Invoice(fields, { disableChecks: true }))

const attemptColumns = `invoice_id AS "invoiceId", attempt, off_session AS "offSession", payment_id AS "paymentId",
  outcome, reason, created_at AS "createdAt"`
const decodeAttempt = Schema.decodeUnknownEffect(
  Schema.Struct({
    invoiceId: InvoiceId,
    attempt: Schema.Int,
    offSession: Schema.Boolean,
    paymentId: Schema.NullOr(PaymentId),
    outcome: Schema.NullOr(Schema.Literals(["succeeded", "failed"])),
    reason: Schema.NullOr(Schema.String),
    createdAt: Schema.DateTimeUtcFromDate
  })
)
const decodePaymentId = Schema.decodeUnknownEffect(Schema.Struct({ paymentId: PaymentId }))
const decodeRefund = Schema.decodeUnknownEffect(
  Schema.Struct({ attempt: Schema.Int, paymentId: PaymentId, failures: Schema.Int })
)
const encodeLines = Schema.encodeSync(Schema.fromJsonString(Schema.Array(InvoiceLine)))

const sorts: Record<InvoiceSort, KeysetSort<Invoice>> = {
  created_at: { column: "created_at", type: "timestamptz", of: ({ createdAt }) => DateTime.formatIso(createdAt) }
}

export const invoicesPostgres = Layer.effect(
  Invoices,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const columns = sql.literal(invoiceColumns)
    const attempts = sql.literal(attemptColumns)
    const pageOf = yield* keysetPages({
      table: "invoices",
      columns: invoiceColumns,
      sorts,
      idOf: ({ id }) => id,
      decode
    })
    const one = <A, E, E2>(
      rows: Effect.Effect<ReadonlyArray<unknown>, E>,
      read: (row: unknown) => Effect.Effect<A, E2>
    ) =>
      bounded(
        Effect.flatMap(rows, ([row]) => (row === undefined ? Effect.succeedNone : Effect.map(read(row), Option.some)))
      )
    const many = <A, E, E2>(
      rows: Effect.Effect<ReadonlyArray<unknown>, E>,
      read: (row: unknown) => Effect.Effect<A, E2>
    ) => bounded(Effect.flatMap(rows, (found) => Effect.forEach(found, read)))
    const happened = <E>(rows: Effect.Effect<ReadonlyArray<unknown>, E>) =>
      Effect.map(bounded(rows), (found) => found.length > 0)

    return Invoices.of({
      // The row of the year is locked until the transaction ends: numbers are given one after the other.
      issue: Effect.fnUntraced(function* (draft, at) {
        const year = DateTime.toPartsUtc(at).year
        const [taken] = yield* bounded(sql<{ last: number }>`
          INSERT INTO invoice_numbers (year, last) VALUES (${year}, 1)
          ON CONFLICT (year) DO UPDATE SET last = invoice_numbers.last + 1 RETURNING last`)
        const isFree = draft.totalMinor === 0
        const issued = yield* one(
          sql`INSERT INTO invoices (id, subscription_id, user_id, number, kind, status, plan, plan_version, cycle,
              anchor_at, period_start, period_end, currency, subtotal_minor, tax_rate_bps, tax_minor, total_minor, lines,
              created_at, issued_at, paid_at)
            VALUES (${draft.id}, ${draft.subscriptionId}, ${draft.userId}, ${invoiceNumber(year, taken?.last ?? 0)},
              ${draft.kind}, ${isFree ? "paid" : "open"}, ${draft.plan}, ${draft.planVersion}, ${draft.cycle},
              ${DateTime.toDate(draft.anchorAt)}, ${DateTime.toDate(draft.periodStart)},
              ${DateTime.toDate(draft.periodEnd)}, ${draft.currency}, ${draft.subtotalMinor}, ${draft.taxRateBps},
              ${draft.taxMinor}, ${draft.totalMinor}, ${encodeLines(draft.lines)}::jsonb,
              ${DateTime.toDate(draft.createdAt)}, ${DateTime.toDate(at)}, ${isFree ? DateTime.toDate(at) : null})
            ON CONFLICT DO NOTHING RETURNING ${columns}`,
          decode
        )
        if (Option.isNone(issued)) yield* bounded(sql`UPDATE invoice_numbers SET last = last - 1 WHERE year = ${year}`)
        return issued
      }),
      byId: (id) => one(sql`SELECT ${columns} FROM invoices WHERE id = ${id}`, decode),
      lock: (id) => one(sql`SELECT ${columns} FROM invoices WHERE id = ${id} FOR UPDATE`, decode),
      list: (userId, plan) => pageOf([sql`user_id = ${userId}`], plan),
      move: (id, to, at) =>
        happened(sql`
          UPDATE invoices SET status = ${to}, paid_at = ${to === "paid" ? DateTime.toDate(at) : null}
          WHERE id = ${id} AND ${sql.in("status", invoiceMachine.before(to))} RETURNING 1`),
      addAttempt: Effect.fnUntraced(function* (id, offSession, at, until) {
        yield* bounded(sql`UPDATE invoices SET attempts = attempts + 1, status = 'open' WHERE id = ${id}`)
        const rows = yield* bounded(sql`
          INSERT INTO invoice_payments (invoice_id, attempt, off_session, created_at, claimed_until)
          SELECT id, attempts, ${offSession}, ${DateTime.toDate(at)}, ${DateTime.toDate(until)}
          FROM invoices WHERE id = ${id} RETURNING ${attempts}`)
        return yield* Effect.orDie(decodeAttempt(rows[0]))
      }),
      lastAttempt: (id) =>
        one(
          sql`SELECT ${attempts} FROM invoice_payments WHERE invoice_id = ${id} ORDER BY attempt DESC LIMIT 1`,
          decodeAttempt
        ),
      lastCharge: (userId) =>
        one(
          sql`SELECT ${attempts} FROM invoice_payments
            WHERE invoice_id IN (SELECT id FROM invoices WHERE user_id = ${userId})
              AND off_session AND outcome IS NOT NULL
            ORDER BY created_at DESC, attempt DESC LIMIT 1`,
          decodeAttempt
        ),
      claimUnsent: (now, until, limit) =>
        many(
          sql`UPDATE invoice_payments SET claimed_until = ${DateTime.toDate(until)}
            WHERE (invoice_id, attempt) IN (
              SELECT p.invoice_id, p.attempt FROM invoice_payments p JOIN invoices i ON i.id = p.invoice_id
              WHERE p.payment_id IS NULL AND p.outcome IS NULL AND (i.status = 'open' OR p.off_session)
                AND (p.claimed_until IS NULL OR p.claimed_until <= ${DateTime.toDate(now)})
              ORDER BY p.created_at LIMIT ${limit} FOR UPDATE OF p SKIP LOCKED)
            RETURNING ${attempts}`,
          decodeAttempt
        ),
      markSent: (id, attempt, paymentId) =>
        bounded(sql`
          UPDATE invoice_payments SET payment_id = ${paymentId}
          WHERE invoice_id = ${id} AND attempt = ${attempt} AND payment_id IS NULL`),
      attemptOf: (paymentId) =>
        one(sql`SELECT ${attempts} FROM invoice_payments WHERE payment_id = ${paymentId}`, decodeAttempt),
      endAttempt: (id, attempt, { outcome, reason, refund, at }) =>
        happened(sql`
          UPDATE invoice_payments SET outcome = ${outcome}, reason = ${reason}, ended_at = ${DateTime.toDate(at)},
            refund_due_at = ${refund ? DateTime.toDate(at) : null}, claimed_until = NULL
          WHERE invoice_id = ${id} AND attempt = ${attempt}
            AND (outcome IS NULL OR (outcome = 'failed' AND ${outcome} = 'succeeded')) RETURNING 1`),
      // What was sent needs its claim no longer, so that tells here until when a payment is left alone.
      claimOpenPayments: (now, limit) =>
        Effect.map(
          many(
            sql`UPDATE invoice_payments SET claimed_until = greatest(${DateTime.toDate(askAgainAt(now, now))}::timestamptz,
                ${DateTime.toDate(now)}::timestamptz + (${DateTime.toDate(now)}::timestamptz - created_at) / 6)
              WHERE (invoice_id, attempt) IN (
                SELECT invoice_id, attempt FROM invoice_payments
                WHERE payment_id IS NOT NULL AND outcome IS NULL AND created_at < ${DateTime.toDate(askFrom(now))}
                  AND (claimed_until IS NULL OR claimed_until <= ${DateTime.toDate(now)})
                ORDER BY claimed_until, payment_id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
              RETURNING payment_id AS "paymentId"`,
            decodePaymentId
          ),
          (rows) => rows.map(({ paymentId }) => paymentId)
        ),
      claimRefunds: (now, until, limit) =>
        many(
          sql`WITH claimed AS (
              UPDATE invoice_payments SET claimed_until = ${DateTime.toDate(until)}
              WHERE (invoice_id, attempt) IN (
                SELECT invoice_id, attempt FROM invoice_payments
                WHERE refund_due_at IS NOT NULL AND refunded_at IS NULL
                  AND (claimed_until IS NULL OR claimed_until <= ${DateTime.toDate(now)})
                ORDER BY refund_due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
              RETURNING invoice_id, attempt, payment_id, refund_failures)
            SELECT ${sql.literal(columnsOf("i"))}, c.attempt, c.payment_id AS "paymentId", c.refund_failures AS failures
            FROM claimed c JOIN invoices i ON i.id = c.invoice_id`,
          (row) =>
            Effect.map(Effect.all([decode(row), decodeRefund(row)]), ([invoice, refund]) => ({ invoice, ...refund }))
        ),
      refundFailed: (paymentId, failures, until) =>
        bounded(sql`
          UPDATE invoice_payments SET refund_failures = refund_failures + 1, claimed_until = ${DateTime.toDate(until)}
          WHERE payment_id = ${paymentId} AND refund_failures = ${failures} AND refunded_at IS NULL`),
      markRefunded: (paymentId, at) =>
        happened(sql`
          UPDATE invoice_payments
          SET refunded_at = ${DateTime.toDate(at)}, refund_due_at = coalesce(refund_due_at, ${DateTime.toDate(at)})
          WHERE payment_id = ${paymentId} AND outcome = 'succeeded' AND refunded_at IS NULL RETURNING 1`),
      ofOwner: (owner, after, limit) =>
        many(
          sql`SELECT ${columns} FROM invoices
            WHERE user_id = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
            ORDER BY id LIMIT ${limit}`,
          decode
        )
    })
  })
)
