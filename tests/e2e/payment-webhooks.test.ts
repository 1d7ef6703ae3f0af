import { randomUUID } from "node:crypto"
import { request } from "node:http"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { startPayingProduct, webhookPath } from "../support/product/payments.ts"

let running: Awaited<ReturnType<typeof startPayingProduct>>
let payer: Account

beforeAll(async () => {
  running = await startPayingProduct({ apis: 2, workers: 1 })
  payer = await signUp(running.product)
})
afterAll(() => running?.stop())

const Row = Schema.Struct({
  result: Schema.NullOr(Schema.String),
  signature_valid: Schema.Boolean,
  event_id: Schema.NullOr(Schema.String),
  event_type: Schema.NullOr(Schema.String),
  bytes: Schema.Int,
  ip: Schema.String,
  user_agent: Schema.String,
  request_id: Schema.String
})
const decodeRows = Schema.decodeUnknownSync(Schema.Array(Row))
/** What the log says of deliveries whose payload holds `words`, the first first. */
const logged = async (words: string) =>
  decodeRows(
    await running.product.query(
      `SELECT result, signature_valid, event_id, event_type, octet_length(payload) AS bytes, ip, user_agent, request_id
       FROM payment_webhooks WHERE position($1::bytea IN payload) > 0 ORDER BY received_at, id`,
      Buffer.from(words)
    )
  )
const mandateOf = async (user: string) => {
  const rows = await running.product.query("SELECT payment_id FROM payment_mandates WHERE user_id = $1", user)
  return Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ payment_id: Schema.String })))(rows)[0]?.payment_id
}
const post = async (body: string, headers: Readonly<Record<string, string>>, api = 0) => {
  const response = await fetch(`${running.product.api(api)}${webhookPath}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", "user-agent": "a test", ...headers }
  })
  const text = await response.text()
  return { status: response.status, code: /"code":"(\w+)"/u.exec(text)?.[1] }
}
/** An event as the provider would sign it. */
const eventOf = (id: string, type: string, content: object): string =>
  JSON.stringify({
    merchant_id: "sandbox",
    event_id: id,
    event_type: type,
    content,
    timestamp: new Date().toISOString()
  })
const disputeOf = (name: string, status: string) => ({
  type: "dispute_details",
  object: {
    dispute_id: `dp_${name}`,
    payment_id: `pay_${name}`,
    dispute_status: status,
    amount: "1999",
    currency: "USD",
    connector_reason: "fraudulent"
  }
})
const signed = (body: string) => ({ "x-webhook-signature-512": running.sandbox.sign(body) })

describe("the payment webhook", () => {
  it("has its effect once when it reaches two processes many times at once", async () => {
    const { product, sandbox } = running
    const urls = [0, 1].map((n) => `${product.api(n)}${webhookPath}`)
    await sandbox.control.whims({ copies: 8, urls })
    const payment = await sandbox.create(payer.id)
    await sandbox.control.pay(payment.id, "works")
    const rows = await eventually("every copy being taken in", async () => {
      const all = (await logged(payment.id)).filter((row) => row.event_type === "payment_succeeded")
      return all.length === 8 && all.every(({ result }) => result !== null) && all
    })
    await sandbox.control.whims({ copies: 1, urls: urls.slice(0, 1) })
    expect(rows.map(({ result }) => result).toSorted()).toEqual(["ok", ...Array.from({ length: 7 }, () => "skipped")])
    expect(await mandateOf(payer.id)).toBe(payment.id)
    for (const row of rows) {
      expect(row).toMatchObject({ signature_valid: true, user_agent: "Veza payment sandbox", ip: "127.0.0.1" })
      expect(row.request_id).not.toBe("")
    }
  })

  it("takes events in the wrong order, and old ones after new ones", async () => {
    const { control, create } = running.sandbox
    await control.whims({ hold: true })
    const earlier = await create(payer.id)
    const later = await create(payer.id)
    await control.pay(earlier.id, "works")
    await control.pay(later.id, "works")
    await control.whims({ hold: false })
    await control.release("reversed")
    await eventually("the last event", async () => (await logged(earlier.id)).length === 2)
    await eventually("the mandate", async () => (await mandateOf(payer.id)) === later.id)
    const types = (await logged(later.id)).map((row) => row.event_type)
    expect(types).toEqual(["payment_succeeded", "payment_processing"])
  })

  it("opens one case for a dispute, which the audit trail tells of", async () => {
    const name = randomUUID()
    const bodies = ["dispute_opened", "dispute_won", "dispute_opened"].map((status) =>
      eventOf(randomUUID(), status, disputeOf(name, status))
    )
    for (const body of bodies) expect(await post(body, signed(body))).toEqual({ status: 200, code: undefined })
    const { query } = running.product
    expect(await query("SELECT status FROM payment_disputes WHERE id = $1", `dp_${name}`)).toEqual([{ status: "won" }])
    const entries = await eventually("two entries", async () => {
      const found = await query(
        "SELECT action, metadata->>'status' AS status FROM audit_entries WHERE resource_id = $1 ORDER BY sequence",
        `pay_${name}`
      )
      return found.length >= 2 && found
    })
    expect(entries).toEqual([
      { action: "payment.dispute_opened", status: "open" },
      { action: "payment.dispute_changed", status: "won" }
    ])
    const { code, process } = await running.product.veza("payments", "disputes", "--all", "--json")
    expect([code, JSON.parse(process.output)]).toMatchObject([
      0,
      { disputes: [{ id: `dp_${name}`, payment_id: `pay_${name}`, status: "won", amount: { amount_minor: 1999 } }] }
    ])
    const open = await running.product.veza("payments", "disputes")
    expect(open.process.output).toContain("No dispute is open.")
  })

  it("refuses what is not signed, and logs that it came", async () => {
    const name = randomUUID()
    const body = eventOf(randomUUID(), "dispute_opened", disputeOf(name, "dispute_opened"))
    const good = running.sandbox.sign(body)
    const others = [{}, { "x-webhook-signature-512": "" }, { "x-webhook-signature-512": `${good.slice(0, -1)}g` }]
    for (const headers of others) {
      expect(await post(body, headers)).toEqual({ status: 401, code: "WEBHOOK_SIGNATURE_INVALID" })
    }
    expect(await post(`${body} `, signed(body))).toEqual({ status: 401, code: "WEBHOOK_SIGNATURE_INVALID" })
    const rows = await logged(name)
    expect(rows).toHaveLength(4)
    for (const row of rows) expect(row).toMatchObject({ result: "signature_invalid", signature_valid: false })
    expect(await running.product.query("SELECT 1 FROM payment_disputes WHERE id = $1", `dp_${name}`)).toEqual([])
  })

  it("refuses a replay by the event's id, with whatever else it comes", async () => {
    const name = randomUUID()
    const id = randomUUID()
    const opened = eventOf(id, "dispute_opened", disputeOf(name, "dispute_opened"))
    const lost = eventOf(id, "dispute_lost", disputeOf(name, "dispute_lost"))
    for (const body of [opened, opened, lost]) expect((await post(body, signed(body), 1)).status).toBe(200)
    expect((await logged(name)).map(({ result }) => result)).toEqual(["ok", "skipped", "skipped"])
    const { query } = running.product
    expect(await query("SELECT status FROM payment_disputes WHERE id = $1", `dp_${name}`)).toEqual([{ status: "open" }])
  })

  it("says so where the provider signed something that is no event", async () => {
    const body = JSON.stringify({ hello: randomUUID() })
    expect(await post(body, signed(body))).toEqual({ status: 400, code: "WEBHOOK_UNREADABLE" })
    expect(await logged(body)).toMatchObject([{ result: "error", signature_valid: true, event_id: null }])
  })

  it("lets 64 KB pass and not a byte more, before anything is stored", async () => {
    const name = randomUUID()
    const base = eventOf(randomUUID(), "dispute_opened", disputeOf(name, "dispute_opened"))
    const full = base.padEnd(64 * 1024, " ")
    const over = `${full} `
    expect(await post(over, signed(over))).toEqual({ status: 413, code: "BODY_TOO_LARGE" })
    expect(await postInChunks(over, signed(over))).toBe(413)
    expect(await logged(name)).toEqual([])
    expect((await post(full, signed(full))).status).toBe(200)
    expect(await logged(name)).toMatchObject([{ result: "ok", bytes: 64 * 1024 }])
  })

  it("keeps little of what nobody signed, and of few of those that one address sends", async () => {
    const name = randomUUID()
    const body = name.padEnd(10_000, "x")
    const send = () =>
      fetch(`${running.product.api(1)}${webhookPath}`, { method: "POST", body }).then(({ status }) => status)
    const statuses = await Promise.all(Array.from({ length: 100 }, send))
    expect(new Set(statuses)).toEqual(new Set([401]))
    const rows = await logged(name)
    expect(rows.length).toBeGreaterThanOrEqual(60)
    expect(rows.length).toBeLessThan(100)
    expect(new Set(rows.map(({ bytes }) => bytes))).toEqual(new Set([2048]))
  })

  it("is closed where no provider is configured", async () => {
    const { url } = await running.product.addApi({ PAYMENT_PROVIDER: "none" })
    const response = await fetch(`${url}${webhookPath}`, { method: "POST", body: "{}" })
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("not configured")])
  })

  it("is counted by result", async () => {
    const metrics = await (await fetch(`${running.product.url}/metrics`)).text()
    for (const result of ["ok", "skipped", "signature_invalid", "error"]) {
      expect(metrics).toMatch(new RegExp(`^veza_payment_webhooks_total\\{.*result="${result}".*\\} [1-9]`, "mu"))
    }
  })
})

/** Sends a body whose length nobody was told before. */
const postInChunks = (body: string, headers: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(
      `${running.product.url}${webhookPath}`,
      { method: "POST", headers: { "content-type": "application/json", ...headers } },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      }
    )
    sent.on("error", reject)
    for (let at = 0; at < body.length; at += 8192) sent.write(body.slice(at, at + 8192))
    sent.end()
  })

describe("kill -9 of the API between the log and the effect", () => {
  it("leaves the delivery in the log, from where a worker takes it in, once", async () => {
    const { product, sandbox } = running
    const victim = await signUp(product)
    await sandbox.control.whims({ lose: true })
    const payment = await sandbox.create(victim.id)
    await sandbox.control.pay(payment.id, "works")
    await sandbox.control.whims({ lose: false })
    const told = await fetch(`${sandbox.url}/payments/${payment.id}`, { headers: { "api-key": sandbox.apiKey } })
    const body = eventOf(randomUUID(), "payment_succeeded", { type: "payment_details", object: await told.json() })

    const release = await product.hold(`SELECT 1 FROM users WHERE id = '${victim.id}' FOR UPDATE`)
    const sending = post(body, signed(body)).catch(() => undefined)
    await eventually("the effect waiting for the lock", async () => {
      const [row] = await product.query(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%payment_mandates%'"
      )
      return row !== undefined
    })
    await product.apiProcess().kill()
    await sending
    await release()
    expect(await logged(payment.id)).toMatchObject([{ result: null, signature_valid: true }])
    expect(await mandateOf(victim.id)).toBeUndefined()

    await product.query("UPDATE payment_webhooks SET retry_at = now() WHERE result IS NULL")
    await product.workerProcess().kill()
    await product.runJobs()
    await product.startWorker()
    await eventually("the mandate", async () => (await mandateOf(victim.id)) === payment.id)
    expect(await logged(payment.id)).toMatchObject([{ result: "ok" }])
    await product.startApi()
    expect((await post(body, signed(body))).status).toBe(200)
    expect((await logged(payment.id)).map(({ result }) => result)).toEqual(["ok", "skipped"])
  })
})
