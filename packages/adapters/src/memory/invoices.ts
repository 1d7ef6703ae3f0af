import { DateTime, Effect, Layer, Option } from "effect"
import { askAgainAt, askFrom } from "@veza/domain/payments"
import { Invoice, invoiceMachine, invoiceNumber, Invoices, type InvoiceStatus } from "@veza/domain/subscriptions"
import { keysetPage } from "./keyset-page.ts"
import { pageOf } from "./page-of.ts"
import type { PaymentRow, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, keyOf, put } from "./tables.ts"

const attemptKey = ({ invoiceId, attempt }: Pick<PaymentRow, "invoiceId" | "attempt">): string =>
  keyOf(invoiceId, String(attempt).padStart(9, "0"))
const putAttempt = (tables: Tables, row: PaymentRow): Tables => put(tables, "invoicePayments", attemptKey(row), row)

const isFree = ({ claimedUntil }: PaymentRow, now: DateTime.Utc): boolean =>
  claimedUntil === undefined || !DateTime.isGreaterThan(claimedUntil, now)
const byCreation = (a: PaymentRow, b: PaymentRow): number =>
  DateTime.toEpochMillis(a.createdAt) - DateTime.toEpochMillis(b.createdAt)

const waitingSince = ({ claimedUntil, createdAt }: PaymentRow): number =>
  DateTime.toEpochMillis(claimedUntil ?? createdAt)

const moved = (tables: Tables, id: string, to: InvoiceStatus, at: DateTime.Utc): Tables | undefined => {
  const invoice = get(tables, "invoices", id)
  if (invoice === undefined || !invoiceMachine.allows(invoice.status, to)) return undefined
  return put(tables, "invoices", id, new Invoice({ ...invoice, status: to, paidAt: to === "paid" ? at : null }))
}

/** A payment of the same invoice that does not go back. */
const isKept = (tables: Tables, { invoiceId }: PaymentRow): boolean =>
  all(tables, "invoicePayments").some(
    (row) => row.invoiceId === invoiceId && row.outcome === "succeeded" && row.refundDueAt === undefined
  )
const given = (tables: Tables, invoice: Invoice, at: DateTime.Utc): Tables =>
  put(tables, "invoices", invoice.id, new Invoice({ ...invoice, refundedAt: at }))

export const invoicesMemory = Layer.effect(
  Invoices,
  Effect.map(Store, (store) =>
    Invoices.of({
      issue: (draft, at) =>
        store.change((tables): readonly [Option.Option<Invoice>, Tables] => {
          const { year } = DateTime.toPartsUtc(at)
          const issued = all(tables, "invoices")
          const isTaken = issued.some(
            ({ id, kind, subscriptionId, periodStart }) =>
              id === draft.id ||
              (kind === "period" &&
                draft.kind === "period" &&
                subscriptionId === draft.subscriptionId &&
                DateTime.Equivalence(periodStart, draft.periodStart))
          )
          if (isTaken) return [Option.none(), tables]
          const place = issued.filter(({ issuedAt }) => DateTime.toPartsUtc(issuedAt).year === year).length + 1
          const isPaid = draft.totalMinor === 0
          const invoice = new Invoice({
            ...draft,
            number: invoiceNumber(year, place),
            status: isPaid ? "paid" : "open",
            issuedAt: at,
            paidAt: isPaid ? at : null,
            refundedAt: null,
            attempts: 0
          })
          return [Option.some(invoice), put(tables, "invoices", invoice.id, invoice)]
        }),
      byId: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "invoices", id))),
      lock: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "invoices", id))),
      list: (userId, plan) =>
        store.read((tables) =>
          keysetPage(
            all(tables, "invoices").filter((invoice) => invoice.userId === userId),
            ({ createdAt, id }) => ({ value: DateTime.formatIso(createdAt), id }),
            plan
          )
        ),
      move: (id, to, at) =>
        store.change((tables): readonly [boolean, Tables] => {
          const after = moved(tables, id, to, at)
          return [after !== undefined, after ?? tables]
        }),
      addAttempt: (invoiceId, offSession, at, until) =>
        store.change((tables) => {
          const invoice = get(tables, "invoices", invoiceId)
          if (invoice === undefined) throw new Error("An invoice that does not exist cannot be paid.")
          const attempt = invoice.attempts + 1
          const row: PaymentRow = {
            invoiceId,
            attempt,
            offSession,
            paymentId: null,
            outcome: null,
            reason: null,
            createdAt: at,
            claimedUntil: until,
            refundDueAt: undefined,
            refundedAt: undefined,
            refundFailures: 0
          }
          const open = new Invoice({ ...invoice, status: "open", paidAt: null, attempts: attempt })
          return [row, putAttempt(put(tables, "invoices", invoiceId, open), row)]
        }),
      lastAttempt: (id) =>
        store.read((tables) =>
          Option.fromNullishOr(
            all(tables, "invoicePayments")
              .filter(({ invoiceId }) => invoiceId === id)
              .toSorted((a, b) => b.attempt - a.attempt)[0]
          )
        ),
      lastCharge: (userId) =>
        store.read((tables) =>
          Option.fromNullishOr(
            all(tables, "invoicePayments")
              .filter(({ invoiceId }) => get(tables, "invoices", invoiceId)?.userId === userId)
              .filter(({ offSession, outcome }) => offSession && outcome !== null)
              .toSorted((a, b) => byCreation(b, a) || b.attempt - a.attempt)[0]
          )
        ),
      claimUnsent: (now, until, limit) =>
        store.change((tables) => {
          const claimed = all(tables, "invoicePayments")
            .filter((row) => row.paymentId === null && row.outcome === null && isFree(row, now))
            .filter(({ invoiceId, offSession }) => offSession || get(tables, "invoices", invoiceId)?.status === "open")
            .toSorted(byCreation)
            .slice(0, limit)
          return [claimed, claimed.reduce((left, row) => putAttempt(left, { ...row, claimedUntil: until }), tables)]
        }),
      markSent: (invoiceId, attempt, paymentId) =>
        store.change((tables) => {
          const row = get(tables, "invoicePayments", attemptKey({ invoiceId, attempt }))
          return [
            undefined,
            row === undefined || row.paymentId !== null ? tables : putAttempt(tables, { ...row, paymentId })
          ]
        }),
      attemptOf: (paymentId) =>
        store.read((tables) =>
          Option.fromNullishOr(all(tables, "invoicePayments").find((row) => row.paymentId === paymentId))
        ),
      endAttempt: (invoiceId, attempt, { outcome, reason, refund, at }) =>
        store.change((tables): readonly [boolean, Tables] => {
          const row = get(tables, "invoicePayments", attemptKey({ invoiceId, attempt }))
          const isOver = row?.outcome === "succeeded" || row?.outcome === outcome
          if (row === undefined || isOver) return [false, tables]
          const ended = { ...row, outcome, reason, refundDueAt: refund ? at : undefined, claimedUntil: undefined }
          return [true, putAttempt(tables, ended)]
        }),
      claimOpenPayments: (now, limit) =>
        store.change((tables) => {
          const due = all(tables, "invoicePayments")
            .filter((row) => row.paymentId !== null && row.outcome === null && isFree(row, now))
            .filter(({ createdAt }) => DateTime.isLessThan(createdAt, askFrom(now)))
            .toSorted((a, b) => waitingSince(a) - waitingSince(b))
            .slice(0, limit)
          const claimed = due.reduce(
            (left, row) => putAttempt(left, { ...row, claimedUntil: askAgainAt(row.createdAt, now) }),
            tables
          )
          return [due.flatMap(({ paymentId }) => paymentId ?? []), claimed]
        }),
      claimRefunds: (now, until, limit) =>
        store.change((tables) => {
          const claimed = all(tables, "invoicePayments")
            .filter((row) => row.refundDueAt !== undefined && row.refundedAt === undefined && isFree(row, now))
            .slice(0, limit)
          const due = claimed.flatMap(({ invoiceId, attempt, paymentId, refundFailures }) => {
            const invoice = get(tables, "invoices", invoiceId)
            const failures = refundFailures
            return invoice === undefined || paymentId === null ? [] : [{ invoice, attempt, paymentId, failures }]
          })
          return [due, claimed.reduce((left, row) => putAttempt(left, { ...row, claimedUntil: until }), tables)]
        }),
      refundFailed: (paymentId, failures, until) =>
        store.change((tables): readonly [void, Tables] => {
          const row = all(tables, "invoicePayments").find((found) => found.paymentId === paymentId)
          if (row?.refundFailures !== failures || row.refundedAt !== undefined) return [undefined, tables]
          return [undefined, putAttempt(tables, { ...row, refundFailures: failures + 1, claimedUntil: until })]
        }),
      markRefunded: (paymentId, at) =>
        store.change((tables): readonly [boolean, Tables] => {
          const row = all(tables, "invoicePayments").find((found) => found.paymentId === paymentId)
          if (row?.outcome !== "succeeded" || row.refundedAt !== undefined) return [false, tables]
          const noted = putAttempt(tables, { ...row, refundedAt: at, refundDueAt: row.refundDueAt ?? at })
          const invoice = get(tables, "invoices", row.invoiceId)
          return [true, invoice === undefined || isKept(noted, row) ? noted : given(noted, invoice, at)]
        }),
      ofOwner: (owner, after, limit) =>
        store.read((tables) =>
          pageOf(
            all(tables, "invoices").filter(({ userId }) => userId === owner),
            ({ id }) => id,
            after,
            limit
          )
        )
    })
  )
)
