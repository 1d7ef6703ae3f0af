import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { wavHead } from "../support/product/audio.ts"
import { dataOf } from "../support/product/session.ts"
import { expectNothingLeft, SlowUpload } from "../support/product/upload.ts"
import { eicar } from "../support/services/index.ts"
import { type Product, startProduct } from "../support/product.ts"

/** The largest upload (MAX_TRACK_SIZE). */
const size = 100 * 1024 * 1024

let product: Product
let creator: Account

beforeAll(async () => {
  product = await startProduct({ env: { CLAMAV_REQUIRED: "true" } })
  creator = await signUpCreator(product)
})
afterAll(() => product.stop())

/** Sends a WAV of exactly the largest size, piece by piece, that ends in `ending`. */
const sendLargest = async (ending: Buffer) => {
  const slow = new SlowUpload(creator.byToken, "largest.wav", { fileSize: size })
  const head = wavHead(size - 44)
  const piece = Buffer.alloc(1024 * 1024, 9)
  await slow.send(head)
  for (let at = head.length; at < size - ending.length; at += piece.length) {
    await slow.send(piece.subarray(0, size - ending.length - at))
  }
  await slow.send(ending)
  return slow.finish()
}

it("finds EICAR in the last bytes of the largest file, and keeps nothing of it", async () => {
  const answer = await sendLargest(Buffer.from(eicar, "latin1"))
  expect([answer.status, answer.json]).toMatchObject([422, { error: { code: "INFECTED_FILE" } }])
  await expectNothingLeft(product)
})

it("takes the largest file in when it is clean", async () => {
  const answer = await sendLargest(Buffer.alloc(eicar.length, 9))
  expect(dataOf(TrackView, answer)).toMatchObject({ size_bytes: size, scan_status: "clean" })
})
