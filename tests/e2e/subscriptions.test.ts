import { Schema } from "effect"
import { InvoiceView, PlanView, SubscriptionView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Billing, startBilling } from "../support/billing.ts"
import { type Account, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, failureOf, type Session, Session as Caller } from "../support/product/session.ts"

const path = "/api/v1/subscriptions"
const Payable = Schema.Struct({
  subscription: SubscriptionView,
  invoice: Schema.NullOr(InvoiceView),
  payment_id: Schema.NullOr(Schema.String),
  client_secret: Schema.NullOr(Schema.String),
  payment_url: Schema.NullOr(Schema.String)
})
const Own = Schema.Struct({
  subscription: Schema.NullOr(SubscriptionView),
  entitlement: Schema.Struct({
    plan: Schema.String,
    until: Schema.NullOr(Schema.String),
    unpaid_plan: Schema.NullOr(Schema.String)
  })
})
const Preview = Schema.Struct({
  plan: Schema.String,
  billing_cycle: Schema.String,
  effective_at: Schema.String,
  lines: Schema.Array(Schema.Struct({ amount_minor: Schema.Int })),
  total_minor: Schema.Int,
  proration_at: Schema.String,
  next_charge: Schema.NullOr(Schema.Struct({ at: Schema.String, total_minor: Schema.Int }))
})
const listOf = <S extends Schema.Constraint>(item: S) =>
  Schema.Struct({
    list: Schema.Array(item),
    pagination: Schema.Struct({ has_next: Schema.Boolean, next_cursor: Schema.optionalKey(Schema.String) })
  })
const Events = listOf(Schema.Struct({ event: Schema.String, status: Schema.String }))

let product: Billing
beforeAll(async () => {
  product = await startBilling({ apis: 2 })
})
afterAll(() => product?.stop())

const own = async (by: Session) => dataOf(Own, await by.get(`${path}/me`))
const subscribe = async (by: Session, plan: string, billing_cycle = "monthly") =>
  dataOf(Payable, await by.post(`${path}/subscribe`, { plan, billing_cycle }))
const invoicesOf = async (by: Session) => dataOf(listOf(InvoiceView), await by.get(`${path}/invoices`)).list
const eventsOf = async (by: Session) =>
  dataOf(Events, await by.get(`${path}/me/history?limit=100`))
    .list.map(({ event }) => event)
    .toReversed()
/** A word of the provider that is quicker than our own commit is taken in again after a minute. */
const patience = 240_000
const until = (by: Session, what: string, holds: (mine: typeof Own.Type) => boolean) =>
  eventually(
    what,
    async () => {
      const mine = await own(by)
      return holds(mine) ? mine : undefined
    },
    patience
  )
const payerOf = (payable: typeof Payable.Type): string => payable.payment_id ?? "no payment"
const mailTo = (account: Account, subject: string) =>
  eventually(`a mail “${subject}”`, async () =>
    (await product.mails()).find(
      (mail) => mail.to?.some(({ address }) => address === account.email) && mail.subject?.includes(subject)
    )
  )

/** Somebody who has paid for a month of creator. */
const subscriber = async (): Promise<Account> => {
  const account = await signUp(product)
  const payable = await subscribe(account.byToken, "creator")
  await product.sandbox.pay(payerOf(payable), "works")
  await until(account.byToken, "an active subscription", ({ subscription }) => subscription?.status === "active")
  return account
}

describe("plans", () => {
  it("are told to everybody, with what a year costs", async () => {
    const plans = dataOf(Schema.Array(PlanView), await new Caller(product.url).get(`${path}/plans`))
    expect(
      plans.map(({ id, monthly, yearly, trial_days }) => [id, monthly.amount_minor, yearly.amount_minor, trial_days])
    ).toEqual([
      ["free", 0, 0, 0],
      ["creator", 999, 9990, 0],
      ["premium", 1999, 19990, 14]
    ])
  })
})

describe("subscribing", () => {
  it("waits for the provider's word, and gives the plan and the receipt once it says paid", async () => {
    const account = await signUp(product)
    const by = account.byToken
    expect((await own(by)).entitlement).toEqual({ plan: "free", until: null, unpaid_plan: null })
    const payable = await subscribe(by, "creator")
    expect(payable).toMatchObject({
      subscription: { status: "pending_payment" },
      invoice: { status: "open", total_minor: 999 }
    })
    expect(payable.client_secret).toBeTypeOf("string")
    expect((await own(by)).entitlement).toMatchObject({ plan: "free", unpaid_plan: "creator" })

    await product.sandbox.pay(payerOf(payable), "works")
    const mine = await until(by, "the plan", ({ entitlement }) => entitlement.plan === "creator")
    expect(mine.subscription).toMatchObject({ status: "active", plan: "creator", open_invoice_id: null })
    expect(await invoicesOf(by)).toMatchObject([{ status: "paid", total_minor: 999, currency: "USD" }])
    expect(await eventsOf(by)).toEqual(["created", "activated"])
    expect((await mailTo(account, "We received 9.99 USD")).text).toContain(payable.invoice?.number)
    const audited = () =>
      product.query(
        "SELECT action FROM audit_entries WHERE resource = 'subscription' AND resource_id = $1 ORDER BY sequence",
        payable.subscription.id
      )
    const actions = await eventually("the audit trail", async () => {
      const found = await audited()
      return found.length === 4 ? found : undefined
    })
    const steps = ["created", "invoice_issued", "activated", "invoice_paid"]
    expect(actions).toEqual(expect.arrayContaining(steps.map((step) => ({ action: `subscription.${step}` }))))
  })

  it("ends with the payment that fails, and can be begun again", async () => {
    const account = await signUp(product)
    const payable = await subscribe(account.byToken, "creator")
    await product.sandbox.pay(payerOf(payable), "declined")
    await until(account.byToken, "the end", ({ subscription }) => subscription === null)
    expect(await invoicesOf(account.byToken)).toMatchObject([{ status: "failed" }])
    await mailTo(account, "was not completed")
    expect((await subscribe(account.byToken, "creator")).subscription.status).toBe("pending_payment")
  })

  it("makes one subscription and one payment of ten requests at once, at two processes", async () => {
    const { byToken } = await signUp(product)
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        byToken.at(product.api(n % 2)).post(`${path}/subscribe`, { plan: "creator", billing_cycle: "yearly" })
      )
    )
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201))
    const payables = replies.map((reply) => dataOf(Payable, reply))
    expect(new Set(payables.map(({ subscription }) => subscription.id)).size).toBe(1)
    expect(new Set(payables.map(({ payment_id }) => payment_id)).size).toBe(1)
    expect(await invoicesOf(byToken)).toMatchObject([{ total_minor: 9990 }])
    expectRefusal(await byToken.post(`${path}/subscribe`, { plan: "premium" }), 409, "ALREADY_SUBSCRIBED")
  })

  it("gives the free plan at once, and lets it give way to a paid one", async () => {
    const { byToken } = await signUp(product)
    expect((await subscribe(byToken, "free")).subscription).toMatchObject({
      status: "active",
      current_period_end: null
    })
    expectRefusal(await byToken.post(`${path}/subscribe`, { plan: "free" }), 409, "ALREADY_SUBSCRIBED")
    expect((await subscribe(byToken, "creator")).subscription.status).toBe("pending_payment")
    expect((await eventsOf(byToken)).toSorted()).toEqual(["activated", "canceled", "created", "created"])
  })

  it("begins a trial without charge or invoice, once a person", async () => {
    const account = await signUp(product)
    const by = account.byToken
    const begun = await subscribe(by, "premium")
    expect(begun).toMatchObject({ subscription: { status: "trialing" }, invoice: null })
    expect(begun.client_secret).toBeTypeOf("string")
    expect((await own(by)).entitlement.plan).toBe("premium")
    expect(await invoicesOf(by)).toEqual([])
    await mailTo(account, "trial of Premium, monthly has begun")
    const again = dataOf(Payable, await by.post(`${path}/complete/${begun.subscription.id}`))
    expect(again.payment_id).toBe(begun.payment_id)
    await product.sandbox.pay(payerOf(begun), "works")
    await eventually("a way to pay", async () =>
      (await by.post(`${path}/complete/${begun.subscription.id}`)).status === 409 ? true : undefined
    )
    await by.post(`${path}/cancel`)
    await product.query("UPDATE subscriptions SET status = 'canceled', ended_at = now() WHERE user_id = $1", account.id)
    expect((await subscribe(by, "premium")).subscription.status).toBe("pending_payment")
  })

  it("asks for a known plan and cycle", async () => {
    const { byToken } = await signUp(product)
    for (const json of [{}, { plan: "gold" }, { plan: "creator", billing_cycle: "weekly" }, { plan: 3 }]) {
      expectRefusal(await byToken.post(`${path}/subscribe`, json), 400, "VALIDATION_FAILED")
    }
  })
})

describe("completing a payment", () => {
  it("answers the same payment again, to its owner alone", async () => {
    const [mine, other] = [await signUp(product), await signUp(product)]
    const begun = await subscribe(mine.byToken, "creator")
    const url = `${path}/complete/${begun.subscription.id}`
    for (let n = 0; n < 2; n++) {
      const again = dataOf(Payable, await mine.byToken.at(product.api(n)).post(url))
      expect(again).toMatchObject({ payment_id: begun.payment_id, client_secret: begun.client_secret })
    }
    expectRefusal(await other.byToken.post(url), 404, "SUBSCRIPTION_NOT_FOUND")
    expectRefusal(await mine.byToken.post(`${path}/complete/nonsense`), 400, "VALIDATION_FAILED")
    await product.sandbox.pay(payerOf(begun), "works")
    await until(mine.byToken, "the plan", ({ entitlement }) => entitlement.plan === "creator")
    expectRefusal(await mine.byToken.post(url), 409, "SUBSCRIPTION_NOT_PENDING")
  })

  it("goes on after the provider was away", async () => {
    const { byToken } = await signUp(product)
    await product.stopSandbox()
    const refused = await byToken.post(`${path}/subscribe`, { plan: "creator" }).finally(product.restartSandbox)
    expect([refused.status, failureOf(refused).code]).toEqual([503, "PAYMENT_PROVIDER_UNAVAILABLE"])
    const { subscription } = await own(byToken)
    const begun = dataOf(Payable, await byToken.post(`${path}/complete/${subscription?.id ?? ""}`))
    await product.sandbox.pay(payerOf(begun), "works")
    await until(byToken, "the plan", ({ entitlement }) => entitlement.plan === "creator")
  })
})

describe("changing", () => {
  it("charges for a better plan exactly what the preview said, and gives it when that is paid", async () => {
    const { byToken: by } = await subscriber()
    const preview = dataOf(Preview, await by.post(`${path}/preview`, { plan: "premium" }))
    expect(preview.total_minor).toBeGreaterThan(990)
    expect(preview.total_minor).toBeLessThanOrEqual(1000)
    expect(preview.lines.reduce((sum, { amount_minor }) => sum + amount_minor, 0)).toBe(preview.total_minor)
    expect(preview.next_charge?.total_minor).toBe(1999)
    await product.sandbox.whims({ hold: true })
    const { proration_at } = preview
    const changed = dataOf(Payable, await by.post(`${path}/change-plan`, { plan: "premium", proration_at }))
    expect(changed).toMatchObject({ subscription: { plan: "creator" }, invoice: { total_minor: preview.total_minor } })
    expect((await own(by)).entitlement.plan).toBe("creator")
    const again = dataOf(Payable, await by.post(`${path}/change-plan`, { plan: "premium" }))
    expect(again.payment_id).toBe(changed.payment_id)
    await product.sandbox.whims({ hold: false })
    await product.sandbox.release("kept")
    await until(by, "the better plan", ({ entitlement }) => entitlement.plan === "premium")
    expect(await eventsOf(by)).toEqual(["created", "activated", "plan_changed"])
  })

  it("keeps a lesser plan for the end of the period, and takes it back", async () => {
    const { byToken: by } = await subscriber()
    await by.post(`${path}/change-billing-cycle`, { billing_cycle: "yearly" })
    const yearly = await until(by, "the year", ({ subscription }) => subscription?.billing_cycle === "yearly")
    const end = yearly.subscription?.current_period_end
    const preview = dataOf(Preview, await by.post(`${path}/preview`, { billing_cycle: "monthly" }))
    expect(preview.total_minor).toBe(0)
    const changed = dataOf(Payable, await by.post(`${path}/change-billing-cycle`, { billing_cycle: "monthly" }))
    expect(changed).toMatchObject({
      invoice: null,
      payment_id: null,
      subscription: { billing_cycle: "yearly", scheduled: { plan: "creator", billing_cycle: "monthly" } }
    })
    expect(changed.subscription.current_period_end).toEqual(end)
    const back = dataOf(Payable, await by.post(`${path}/change-billing-cycle`, { billing_cycle: "yearly" }))
    expect(back.subscription.scheduled).toBeNull()
    expectRefusal(await by.post(`${path}/change-plan`, { plan: "creator" }), 409, "SUBSCRIPTION_CONFLICT")
  })

  it("refuses a preview that no longer holds", async () => {
    const { byToken: by } = await subscriber()
    const proration_at = "2020-01-01T00:00:00Z"
    expectRefusal(await by.post(`${path}/change-plan`, { plan: "premium", proration_at }), 400, "PRORATION_OUTDATED")
  })

  it("cancels at the end of the period, and takes that back", async () => {
    const { byToken: by } = await subscriber()
    expect(dataOf(SubscriptionView, await by.post(`${path}/cancel`))).toMatchObject({
      status: "active",
      cancel_at_period_end: true
    })
    expect((await own(by)).entitlement.plan).toBe("creator")
    expectRefusal(await by.post(`${path}/cancel`), 409, "SUBSCRIPTION_CONFLICT")
    expectRefusal(await by.post(`${path}/change-plan`, { plan: "premium" }), 409, "SUBSCRIPTION_CONFLICT")
    expect(dataOf(SubscriptionView, await by.post(`${path}/reactivate`)).cancel_at_period_end).toBe(false)
    expectRefusal(await by.post(`${path}/reactivate`), 409, "SUBSCRIPTION_CONFLICT")
  })

  it("gives back what is paid for a subscription that was called off meanwhile", async () => {
    const { byToken: by, id } = await signUp(product)
    const begun = await subscribe(by, "creator")
    await by.post(`${path}/cancel`)
    expect((await own(by)).subscription).toBeNull()
    await product.sandbox.pay(payerOf(begun), "works")
    await eventually("the late payment", async () =>
      (await invoicesOf(by)).some(({ status }) => status === "paid") ? true : undefined
    )
    expect((await own(by)).entitlement.plan).toBe("free")
    const due = await product.query(
      "SELECT 1 FROM invoice_payments p JOIN invoices i ON i.id = p.invoice_id WHERE i.user_id = $1 AND refund_due_at IS NOT NULL",
      id
    )
    expect(due).toHaveLength(1)
  })
})

describe("invoices", () => {
  it("are a document for their owner alone, and listed page by page", async () => {
    const [mine, other] = [await subscriber(), await signUp(product)]
    const [invoice] = await invoicesOf(mine.byToken)
    const url = `${path}/invoices/${invoice?.id ?? ""}/pdf`
    const pdf = await mine.byToken.get(url)
    expect([pdf.status, pdf.headers.get("content-type")]).toEqual([200, "application/pdf"])
    expect(pdf.headers.get("content-disposition")).toContain(`${invoice?.number}.pdf`)
    expect(pdf.bytes.subarray(0, 5).toString("latin1")).toBe("%PDF-")
    expectRefusal(await other.byToken.get(url), 404, "INVOICE_NOT_FOUND")
    await mine.byToken.post(`${path}/change-plan`, { plan: "premium" })
    const first = dataOf(listOf(InvoiceView), await mine.byToken.get(`${path}/invoices?cursor=&limit=1`))
    expect(first.list).toHaveLength(1)
    const next = first.pagination.next_cursor ?? ""
    const second = dataOf(listOf(InvoiceView), await mine.byToken.get(`${path}/invoices?limit=1&cursor=${next}`))
    expect(second.list.map(({ id }) => id)).toEqual([invoice?.id])
    expectRefusal(await mine.byToken.get(`${path}/invoices?cursor=stranger`), 400, "INVALID_CURSOR")
  })
})

describe("whoever deletes their account", () => {
  it("is billed no more, while what was billed stays and names nobody", async () => {
    const account = await subscriber()
    await account.byToken.post(`${path}/change-plan`, { plan: "premium" })
    const gone = await account.byToken.call("DELETE", "/api/v1/users/me", { json: { password: account.password } })
    expect(gone.status).toBe(200)
    const subscriptions = await product.query("SELECT status, due_at FROM subscriptions WHERE user_id = $1", account.id)
    expect(subscriptions).toEqual([{ status: "canceled", due_at: null }])
    const invoices = await product.query(
      "SELECT to_json(i)::text AS row FROM invoices i WHERE user_id = $1",
      account.id
    )
    expect(invoices).toHaveLength(2)
    expect(JSON.stringify(invoices)).not.toContain(account.username)
  })
})

describe("the worker's clock", () => {
  /** Moves a paid month into the past, so that it is over now. */
  const endPeriod = (account: Account) =>
    product.query(
      `WITH moved AS (
         UPDATE subscriptions SET period_start = period_start - interval '32 days', period_end = now() - interval '1 minute',
           anchor_at = now() - interval '1 month 1 minute', due_at = now() - interval '1 minute'
         WHERE user_id = $1 RETURNING id, period_start)
       UPDATE invoices i SET period_start = m.period_start FROM moved m WHERE i.subscription_id = m.id`,
      account.id
    )

  it("tells operators what is due, within 80 columns, and renews once though workers are killed and started again", async () => {
    const account = await subscriber()
    await product.workerProcess().kill()
    await endPeriod(account)
    const { process: shown, code } = await product.veza("subscriptions", "due")
    const { output } = shown
    expect(code).toBe(0)
    expect(output).toMatch(/1 due now\. Times are UTC\.\n {2}\S{16} {2}\S{36} {2}renewal/u)
    for (const line of output.split("\n")) expect(line.length).toBeLessThanOrEqual(80)
    const json: unknown = JSON.parse((await product.veza("subscriptions", "due", "--json")).process.output)
    expect(json).toMatchObject({ due: 1, list: [{ user_id: account.id, status: "active", work: "renewal" }] })

    const doomed = await product.addWorker({})
    await doomed.kill()
    // It may have died with the lease of the job, which runs out by itself after some minutes.
    await product.runJobs("advance-subscriptions", "send-payments")
    await product.startWorker()
    const renewed = await until(account.byToken, "the renewal", ({ subscription }) => {
      const end = subscription?.current_period_end?.epochMilliseconds ?? 0
      return subscription?.status === "active" && end > Date.now()
    })
    expect(renewed.entitlement.plan).toBe("creator")
    expect((await invoicesOf(account.byToken)).map(({ status, total_minor }) => [status, total_minor])).toEqual([
      ["paid", 999],
      ["paid", 999]
    ])
    expect(await eventsOf(account.byToken)).toEqual(["created", "activated", "renewed"])
    expect((await product.veza("subscriptions", "due")).process.output).toContain("Nothing is due.")
  })
})

describe("without a provider", () => {
  it("refuses what is paid for, and still gives the free plan", async () => {
    const poor = await product.addApi({
      PAYMENT_PROVIDER: "none",
      HYPERSWITCH_API_KEY: "",
      HYPERSWITCH_WEBHOOK_SECRET: ""
    })
    const by = (await signUp(product)).byToken.at(poor.url)
    for (const plan of ["creator", "premium"]) {
      const refused = await by.post(`${path}/subscribe`, { plan })
      expect(refused.status).toBe(503)
      expect(failureOf(refused)).toMatchObject({
        code: "PAYMENT_PROVIDER_UNAVAILABLE",
        message: "Payment provider not configured — paid plans temporarily unavailable"
      })
    }
    expect((await own(by)).subscription).toBeNull()
    expect((await subscribe(by, "free")).subscription.status).toBe("active")
    await poor.process.stop()
  })
})
