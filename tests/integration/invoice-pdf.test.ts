import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { invoicePdf } from "@veza/adapters/invoices"
import { Currency, UserId } from "@veza/domain/kernel"
import {
  type Billed,
  BillingSettings,
  Invoice,
  InvoiceDocuments,
  InvoiceId,
  SubscriptionId
} from "@veza/domain/subscriptions"

const at = (text: string): DateTime.Utc => DateTime.makeUnsafe(text)
const id = "6f6f6f6f-6f6f-4f6f-8f6f-6f6f6f6f6f6f"
const invoice = new Invoice({
  id: InvoiceId.make(id),
  subscriptionId: SubscriptionId.make(id),
  userId: UserId.make(id),
  kind: "period",
  plan: "creator",
  planVersion: 1,
  cycle: "monthly",
  anchorAt: at("2026-05-01T00:00:00Z"),
  periodStart: at("2026-05-01T00:00:00Z"),
  periodEnd: at("2026-06-01T00:00:00Z"),
  currency: Currency.make("USD"),
  subtotalMinor: 999,
  taxRateBps: 2000,
  taxMinor: 200,
  totalMinor: 1199,
  lines: [
    {
      kind: "plan",
      description: "Creator, 1 month",
      amount_minor: 999,
      period_start: at("2026-05-01T00:00:00Z"),
      period_end: at("2026-06-01T00:00:00Z")
    }
  ],
  createdAt: at("2026-05-01T00:00:00Z"),
  number: "VZ-2026-000001",
  status: "paid",
  issuedAt: at("2026-05-01T00:00:00Z"),
  paidAt: at("2026-05-02T00:00:00Z"),
  refundedAt: null,
  attempts: 1
})

const settings = Layer.succeed(BillingSettings, {
  frontendUrl: "http://localhost:3000",
  issuer: ["Wytwórnia Źdźbło", "Αθήνα", "Москва"],
  taxRateBps: 0
})
const documents = invoicePdf.pipe(Layer.provide(settings))
const pdfOf = Effect.fnUntraced(function* (billed: Partial<Billed>, of = invoice) {
  const whole = { name: "ada", username: "ada", email: "ada@veza.test", ...billed }
  return Buffer.from(yield* (yield* InvoiceDocuments).pdf(of, whole))
})

layer(documents)("an invoice as PDF", (it) => {
  it.effect("is the same bytes for the same invoice, small enough to be mailed", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* pdfOf({}), yield* pdfOf({})]
      assert.isTrue(first.equals(second))
      assert.strictEqual(first.subarray(0, 5).toString("latin1"), "%PDF-")
      assert.isBelow(first.length, 60_000)
    })
  )

  it.effect("has the letters of Poland, Greece and Russia, composed or not", () =>
    Effect.gen(function* () {
      for (const name of ["Łukasz Żółć", "Ελένη Παπαδοπούλου", "Наталья Ёлкина"]) {
        const named = yield* pdfOf({ name })
        assert.isFalse(named.equals(yield* pdfOf({ name: name.replaceAll(/[^ -~]/gu, "?") })), name)
        assert.isFalse(named.equals(yield* pdfOf({})), name)
        assert.isTrue(named.equals(yield* pdfOf({ name: name.normalize("NFD") })), name)
      }
    })
  )

  it.effect("names by the username whoever has a name that the font cannot write", () =>
    Effect.gen(function* () {
      assert.isTrue((yield* pdfOf({ name: "山田花子" })).equals(yield* pdfOf({})))
    })
  )

  it.effect("tells that the money was given back", () =>
    Effect.gen(function* () {
      const refunded = new Invoice({ ...invoice, refundedAt: at("2026-05-03T00:00:00Z") })
      assert.isFalse((yield* pdfOf({}, refunded)).equals(yield* pdfOf({})))
    })
  )
})
