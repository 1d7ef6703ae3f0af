import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Account, logIn, signUp } from "../support/product/accounts.ts"
import { KeyHolder, makeKey, strangeKey } from "../support/product/api-keys.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { expectRetryLater } from "../support/product/refusal.ts"
import { failureOf } from "../support/product/session.ts"
import { type PrivateService, startPrivate } from "../support/services/index.ts"
import { type Product, startProduct } from "../support/product.ts"

let postgres: PrivateService
let product: Product
let account: Account

beforeAll(async () => {
  postgres = await startPrivate("postgres")
  product = await startProduct({ apis: 2, databaseUrl: postgres.service.address })
  account = await signUp(product)
})
afterAll(async () => {
  postgres.service.resume()
  await product.stop()
  await postgres.dispose()
})

const me = "/api/v1/auth/me"

it("a session that ends at one process is dead at the other within a second, even while it is in use there", async () => {
  const session = await logIn(product.api(0), account)
  const there = session.byToken.at(product.api(1))
  expect((await there.get(me)).status).toBe(200)
  expect((await session.byToken.post("/api/v1/auth/logout")).status).toBe(200)
  await eventually(
    "the end of the session at the other process",
    async () => (await there.get(me)).status === 401,
    promptly
  )
  for (let i = 0; i < 20; i++) expect(failureOf(await there.get(me)).code).toBe("SESSION_EXPIRED")
})

it("a ban by hand takes effect without any announcement's help once the session is looked up again", async () => {
  const banned = await signUp(product)
  await product.query("UPDATE users SET is_banned = true WHERE id = $1", banned.id)
  await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
  await eventually("the ban", async () => (await banned.byToken.get(me)).status === 401, promptly)
})

it("nobody is let in while the database stands still: 503 after a second, never 200, and all is well afterwards", async () => {
  const session = account.byToken
  const { key } = await makeKey(account)
  const [withKey, withStrangeKey] = [new KeyHolder(product.api(0), key), new KeyHolder(product.api(0), strangeKey())]
  expect((await session.get(me)).status).toBe(200)
  expect((await withKey.get(me)).status).toBe(200)
  postgres.service.pause()
  await sleep(1100)
  const replies = await Promise.all([
    ...[0, 1, 0, 1, 0].map((n) => session.at(product.api(n)).get(me)),
    withKey.get(me),
    withStrangeKey.get(me)
  ])
  for (const reply of replies) expectRetryLater(reply, "SERVICE_UNAVAILABLE")
  const ready = await session.at(product.api(1)).get("/readyz")
  expect(ready.status).toBe(503)
  expect((await session.get("/healthz")).status).toBe(200)
  postgres.service.resume()
  await eventually("being let in again", async () => (await session.get(me)).status === 200)
  await eventually("readiness", async () => (await session.get("/readyz")).status === 200)
})
