import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Exit, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Currency, type Ids, planList, Transaction } from "@veza/domain/kernel"
import { PaymentId } from "@veza/domain/payments"
import {
  InvoiceDraft,
  type InvoiceId,
  invoiceList,
  invoiceMachine,
  Invoices,
  InvoiceStatus,
  type Subscriptions
} from "@veza/domain/subscriptions"
import { at } from "./samples.ts"
import { addPending, newInvoiceId } from "./subscriptions.samples.ts"

const paymentOf = (id: InvoiceId, n = 1): PaymentId => PaymentId.make(`pay_${id}_${n}`)
const attempts = Effect.fnUntraced(function* (id: InvoiceId, count = 1) {
  const invoices = yield* Invoices
  for (let n = 1; n <= count; n++) {
    yield* invoices.addAttempt(id, n > 1, at(n), at(60))
    yield* invoices.markSent(id, n, paymentOf(id, n))
  }
})
const placeOf = (number: string): number => Number(number.split("-")[2])

/** What every store of invoices does. */
export const invoicesContract = <E>(
  name: string,
  adapter: Layer.Layer<Subscriptions | Invoices | Transaction | Users | Ids, E>
) =>
  layer(adapter)(`Invoices: ${name}`, (it) => {
    it.effect("gives back what was issued, with the first number of its year", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice, draft, userId } = yield* addPending("premium", DateTime.makeUnsafe("1990-12-31T23:59:59.999Z"))
        assert.strictEqual(invoice.number, "VZ-1990-000001")
        assert.deepStrictEqual([invoice.status, invoice.totalMinor, invoice.lines], ["open", 1999, draft.lines])
        assert.deepStrictEqual(Option.getOrThrow(yield* invoices.byId(invoice.id)), invoice)
        const other = yield* addPending("premium", DateTime.makeUnsafe("1991-01-01T00:00:00.000Z"))
        assert.strictEqual(other.invoice.number, "VZ-1991-000001")
        const plan = yield* planList(invoiceList, {}, {})
        assert.deepStrictEqual((yield* invoices.list(userId, plan)).items, [invoice])
        assert.deepStrictEqual(yield* invoices.ofOwner(userId, undefined, 5), [invoice])
        assert.deepStrictEqual(yield* invoices.ofOwner(userId, invoice, 5), [])
      })
    )

    it.effect("numbers without a gap, though of thirty at once a third rolls back", () =>
      Effect.gen(function* () {
        const [invoices, { atomically }] = [yield* Invoices, yield* Transaction]
        const { draft } = yield* addPending("creator", DateTime.makeUnsafe("1992-03-01T00:00:00.000Z"))
        const issueOne = (n: number) =>
          atomically(
            Effect.gen(function* () {
              const change = new InvoiceDraft({ ...draft, id: yield* newInvoiceId, kind: "change" })
              const issued = Option.getOrThrow(yield* invoices.issue(change, draft.createdAt))
              return n % 3 === 0 ? yield* Effect.fail("rolled back") : issued
            })
          )
        const exits = yield* Effect.forEach(
          Array.from({ length: 30 }, (_, n) => n),
          (n) => Effect.exit(issueOne(n)),
          { concurrency: 8 }
        )
        const places = exits.flatMap((exit) => (Exit.isSuccess(exit) ? placeOf(exit.value.number) : []))
        assert.deepStrictEqual(
          places.toSorted((a, b) => a - b),
          Array.from({ length: 20 }, (_, n) => n + 2)
        )
      })
    )

    it.effect("issues one invoice for a period, however many try, and spends no number on the others", () =>
      Effect.gen(function* () {
        const [invoices, { atomically }] = [yield* Invoices, yield* Transaction]
        const when = DateTime.makeUnsafe("1993-03-01T00:00:00.000Z")
        const { draft } = yield* addPending("creator", when)
        const next = { periodStart: draft.periodEnd, periodEnd: DateTime.add(draft.periodEnd, { months: 1 }) }
        const issued = yield* Effect.forEach(
          Array.from({ length: 8 }),
          () =>
            atomically(
              Effect.flatMap(newInvoiceId, (id) => invoices.issue(new InvoiceDraft({ ...draft, ...next, id }), when))
            ),
          { concurrency: "unbounded" }
        )
        const numbers = issued.filter(Option.isSome).map(({ value }) => value.number)
        assert.deepStrictEqual(numbers, ["VZ-1993-000002"])
        assert.strictEqual((yield* addPending("creator", when)).invoice.number, "VZ-1993-000003")
      })
    )

    it.effect("takes what comes to nothing for paid", () =>
      Effect.gen(function* () {
        const { draft } = yield* addPending()
        const nothing = { kind: "change", subtotalMinor: 0, totalMinor: 0, currency: Currency.make("USD") } as const
        const invoice = yield* (yield* Invoices).issue(
          new InvoiceDraft({ ...draft, ...nothing, id: yield* newInvoiceId, lines: [] }),
          at(3)
        )
        const { status, paidAt } = Option.getOrThrow(invoice)
        assert.deepStrictEqual([status, paidAt], ["paid", at(3)])
      })
    )

    it.effect("moves along the table of statuses only, and keeps when it was paid", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        for (const from of ["open", "failed", "void", "paid"] as const) {
          for (const to of InvoiceStatus.literals) {
            const { invoice } = yield* addPending()
            if (from !== "open") assert.isTrue(yield* invoices.move(invoice.id, from, at(1)))
            assert.strictEqual(
              yield* invoices.move(invoice.id, to, at(2)),
              invoiceMachine.allows(from, to),
              `${from} ${to}`
            )
          }
        }
        const { invoice } = yield* addPending()
        yield* invoices.move(invoice.id, "paid", at(7))
        assert.deepStrictEqual(Option.getOrThrow(yield* invoices.byId(invoice.id)).paidAt, at(7))
      })
    )

    it.effect("counts attempts from one on; a failed invoice that is tried again is open", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice } = yield* addPending()
        assert.isTrue(Option.isNone(yield* invoices.lastAttempt(invoice.id)))
        assert.strictEqual((yield* invoices.addAttempt(invoice.id, false, at(1), at(60))).attempt, 1)
        yield* invoices.move(invoice.id, "failed", at(2))
        assert.strictEqual((yield* invoices.addAttempt(invoice.id, true, at(3), at(60))).attempt, 2)
        const { status, attempts: tried } = Option.getOrThrow(yield* invoices.byId(invoice.id))
        assert.deepStrictEqual([status, tried], ["open", 2])
        const last = Option.getOrThrow(yield* invoices.lastAttempt(invoice.id))
        assert.deepStrictEqual([last.attempt, last.offSession, last.paymentId, last.outcome], [2, true, null, null])
      })
    )

    it.effect("hands what was not sent to one of several workers, again when its claim has run out", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice } = yield* addPending()
        yield* invoices.addAttempt(invoice.id, false, at(1), at(60))
        const claim = (now: number, until: number) =>
          Effect.map(invoices.claimUnsent(at(now), at(until), 1000), (claimed) =>
            claimed.filter(({ invoiceId }) => invoiceId === invoice.id)
          )
        assert.lengthOf(yield* claim(59, 1000), 0)
        const claims = yield* Effect.forEach([1, 2, 3, 4], () => claim(60, 120), { concurrency: "unbounded" })
        assert.lengthOf(claims.flat(), 1)
        assert.lengthOf(yield* claim(120, 180), 1)
        yield* invoices.markSent(invoice.id, 1, paymentOf(invoice.id))
        yield* invoices.markSent(invoice.id, 1, PaymentId.make("another"))
        assert.lengthOf(yield* claim(1000, 1060), 0)
        const found = Option.getOrThrow(yield* invoices.attemptOf(paymentOf(invoice.id)))
        assert.deepStrictEqual([found.invoiceId, found.attempt], [invoice.id, 1])
        assert.isTrue(Option.isNone(yield* invoices.attemptOf(PaymentId.make("another"))))
      })
    )

    it.effect("does not ask for what was called off before it was sent", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice } = yield* addPending()
        yield* invoices.addAttempt(invoice.id, false, at(1), at(2))
        yield* invoices.move(invoice.id, "void", at(2))
        const claimed = yield* invoices.claimUnsent(at(5), at(6), 1000)
        assert.isFalse(claimed.some(({ invoiceId }) => invoiceId === invoice.id))
      })
    )

    it.effect("still asks what became of what may have been charged while nobody was there", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        for (const end of ["void", "paid"] as const) {
          const { invoice } = yield* addPending()
          yield* invoices.addAttempt(invoice.id, true, at(1), at(2))
          yield* invoices.move(invoice.id, end, at(2))
          const claimed = yield* invoices.claimUnsent(at(5), at(6), 1000)
          assert.isTrue(claimed.some(({ invoiceId }) => invoiceId === invoice.id))
        }
      })
    )

    it.effect("finds the last charge of somebody that was made while nobody was there, once it has ended", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice, userId, draft } = yield* addPending()
        const other = new InvoiceDraft({ ...draft, id: yield* newInvoiceId, kind: "change" })
        yield* invoices.issue(other, at(0))
        const last = Effect.map(invoices.lastCharge(userId), Option.getOrUndefined)
        const end = { outcome: "failed", reason: null, refund: false, at: at(9) } as const
        yield* invoices.addAttempt(invoice.id, false, at(8), at(60))
        yield* invoices.endAttempt(invoice.id, 1, end)
        yield* invoices.addAttempt(other.id, true, at(2), at(60))
        assert.isUndefined(yield* last)
        yield* invoices.endAttempt(other.id, 1, end)
        yield* invoices.addAttempt(invoice.id, true, at(3), at(60))
        assert.strictEqual((yield* last)?.invoiceId, other.id)
        yield* invoices.endAttempt(invoice.id, 2, { ...end, outcome: "succeeded" })
        const { invoiceId, outcome } = (yield* last) ?? {}
        assert.deepStrictEqual([invoiceId, outcome], [invoice.id, "succeeded"])
        assert.isTrue(Option.isNone(yield* invoices.lastCharge((yield* addPending()).userId)))
      })
    )

    it.effect("lets money that came in outweigh an earlier failure, and nothing outweigh money", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice } = yield* addPending()
        yield* attempts(invoice.id)
        const end = { reason: null, refund: false, at: at(9) } as const
        assert.isTrue(yield* invoices.endAttempt(invoice.id, 1, { ...end, outcome: "failed" }))
        assert.isTrue(yield* invoices.endAttempt(invoice.id, 1, { ...end, outcome: "succeeded" }))
        for (const outcome of ["failed", "succeeded"] as const) {
          assert.isFalse(yield* invoices.endAttempt(invoice.id, 1, { ...end, outcome }))
        }
        assert.strictEqual(Option.getOrThrow(yield* invoices.lastAttempt(invoice.id)).outcome, "succeeded")
      })
    )

    it.effect("ends an attempt once, however often the provider says so", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice } = yield* addPending()
        yield* attempts(invoice.id)
        const open = (now: number) =>
          Effect.map(invoices.claimOpenPayments(at(now), 1000), (ids) => ids.includes(paymentOf(invoice.id)))
        assert.isTrue(yield* open(1000))
        const end = { outcome: "failed", reason: "card_declined", refund: false, at: at(9) } as const
        const ended = yield* Effect.forEach([1, 2, 3, 4], () => invoices.endAttempt(invoice.id, 1, end), {
          concurrency: "unbounded"
        })
        assert.strictEqual(ended.filter(Boolean).length, 1)
        assert.isFalse(yield* open(100_000))
        const last = Option.getOrThrow(yield* invoices.lastAttempt(invoice.id))
        assert.deepStrictEqual([last.outcome, last.reason], ["failed", "card_declined"])
      })
    )

    it.effect("hands out open payments of ten minutes ago, then leaves each alone, the older the longer", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice } = yield* addPending()
        yield* attempts(invoice.id, 3)
        const mine = (now: number) =>
          Effect.map(invoices.claimOpenPayments(at(now), 1000), (ids) =>
            ids
              .filter((id) => id.includes(invoice.id))
              .map((id) => Number(id.slice(-1)))
              .toSorted()
          )
        const found: Array<readonly [number, ReadonlyArray<number>]> = []
        for (const now of [601, 602, 603, 604, 901, 902, 904, 100_000, 116_660, 116_670]) {
          found.push([now, yield* mine(now)])
        }
        assert.deepStrictEqual(found, [
          [601, []],
          [602, [1]],
          [603, [2]],
          [604, [3]],
          [901, []],
          [902, [1]],
          [904, [2, 3]],
          [100_000, [1, 2, 3]],
          [116_660, []],
          [116_670, [1, 2, 3]]
        ])
      })
    )

    it.effect("hands a refund to one of several workers until it is noted", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice } = yield* addPending()
        yield* attempts(invoice.id, 2)
        yield* invoices.endAttempt(invoice.id, 1, { outcome: "succeeded", reason: null, refund: false, at: at(8) })
        yield* invoices.endAttempt(invoice.id, 2, { outcome: "succeeded", reason: null, refund: true, at: at(9) })
        const claim = (now: number, until: number) =>
          Effect.map(invoices.claimRefunds(at(now), at(until), 1000), (due) =>
            due.filter((refund) => refund.invoice.id === invoice.id)
          )
        const claims = yield* Effect.forEach([1, 2, 3], () => claim(10, 70), { concurrency: "unbounded" })
        assert.deepStrictEqual(
          claims.flat().map(({ attempt, paymentId }) => [attempt, paymentId]),
          [[2, paymentOf(invoice.id, 2)]]
        )
        yield* invoices.refundFailed(paymentOf(invoice.id, 2), 0, at(1000))
        yield* invoices.refundFailed(paymentOf(invoice.id, 2), 0, at(5000))
        assert.lengthOf(yield* claim(999, 1060), 0)
        assert.deepStrictEqual(
          (yield* claim(1000, 1060)).map(({ failures }) => failures),
          [1]
        )
        assert.isTrue(yield* invoices.markRefunded(paymentOf(invoice.id, 2), at(11)))
        assert.isFalse(yield* invoices.markRefunded(paymentOf(invoice.id, 2), at(12)))
        assert.lengthOf(yield* claim(10_000, 10_060), 0)
        const refundedAt = Effect.map(invoices.byId(invoice.id), (found) => Option.getOrThrow(found).refundedAt)
        assert.isNull(yield* refundedAt, "one payment of it is kept")
        assert.isTrue(yield* invoices.markRefunded(paymentOf(invoice.id, 1), at(13)), "given back by hand")
        assert.isFalse(yield* invoices.markRefunded(paymentOf(invoice.id, 1), at(14)))
        assert.deepStrictEqual(yield* refundedAt, at(13))
        assert.lengthOf(yield* claim(20_000, 20_060), 0)
      })
    )

    it.effect("knows when an invoice was given back", () =>
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const { invoice } = yield* addPending()
        yield* attempts(invoice.id)
        yield* invoices.move(invoice.id, "void", at(2))
        yield* invoices.endAttempt(invoice.id, 1, { outcome: "succeeded", reason: null, refund: true, at: at(8) })
        yield* invoices.move(invoice.id, "paid", at(8))
        yield* invoices.markRefunded(paymentOf(invoice.id), at(11))
        const { status, paidAt, refundedAt } = Option.getOrThrow(yield* invoices.byId(invoice.id))
        assert.deepStrictEqual([status, paidAt, refundedAt], ["paid", at(8), at(11)])
      })
    )
  })
