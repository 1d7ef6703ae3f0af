import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { mailTo } from "../support/product/mails.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { readyTrack, upload } from "../support/product/upload.ts"
import { type PrivateService, startPrivate } from "../support/services/index.ts"
import { type Product, startProduct } from "../support/product.ts"

let rabbitmq: PrivateService
let product: Product
let creator: Account
let songs: ReadonlyArray<Buffer>

beforeAll(async () => {
  rabbitmq = await startPrivate("rabbitmq")
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false", RABBITMQ_URL: rabbitmq.service.address } })
  creator = await signUpCreator(product)
  songs = await Promise.all(
    Array.from({ length: 6 }, () => audioBytes({ folder: product.home, format: "flac", seconds: 1 }))
  )
})
afterAll(async () => {
  await product.stop()
  await rabbitmq.dispose()
})

it("nothing is lost when the broker dies and comes back under the product", async () => {
  const take = async (bytes: Buffer, n: number) =>
    dataOf(TrackView, await upload(creator.byToken, { title: `Song ${n}` }, { name: "s.flac", bytes })).id
  const before = await Promise.all(songs.slice(0, 3).map(take))
  await rabbitmq.service.crash()
  await eventually("being told", async () => (await creator.byToken.get("/readyz")).status === 503)
  const during = await Promise.all(songs.slice(3).map((bytes, n) => take(bytes, n + 3)))
  const email = "meanwhile@example.org"
  const reply = await new Session(product.url).post("/api/v1/auth/register", {
    username: "meanwhile",
    email,
    password: "a-good-long-one"
  })
  expect(reply.status).toBe(201)
  await rabbitmq.service.start()

  for (const id of [...before, ...during]) expect((await readyTrack(creator.byToken, id, 20_000)).duration).toBe(1)
  await mailTo(product.mailFolder, email)
  // What was on its way when the broker died waits for its lease and for what the relay backs off.
  const isEmpty = async () => (await product.query("SELECT id FROM outbox")).length === 0
  await eventually("an empty outbox", isEmpty, 180_000)
  expect(await product.query("SELECT id FROM outbox_buried")).toEqual([])
  expect(await product.query("SELECT event_id FROM inbox WHERE consumer = 'process-upload'")).toHaveLength(6)
})
