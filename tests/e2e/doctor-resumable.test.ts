import { afterAll, beforeAll, expect, it } from "vitest"
import { type PrivateService, startPrivate } from "../support/services/index.ts"
import { type Product, startProduct } from "../support/product.ts"

let small: PrivateService
let product: Product

beforeAll(async () => {
  small = await startPrivate("clamd", { clamdLimit: "8M" })
  const env = { CLAMAV_ADDRESS: `127.0.0.1:${small.service.port}`, MAX_TRACK_SIZE: "4MB", MAX_RESUMABLE_SIZE: "20MB" }
  product = await startProduct({ apis: 1, workers: 0, env })
})
afterAll(async () => {
  await product.stop()
  await small.dispose()
})

it("doctor names the setting that clamd's limits do not reach", async () => {
  const { code, process: told } = await product.veza("doctor")
  expect(code).toBe(1)
  expect(told.output).toMatch(/✓ scanner/)
  expect(told.output).toMatch(/✗ resumable .*MAX_RESUMABLE_SIZE: raise StreamMaxLength, MaxFileSize and MaxScanSize/)
  const { process: json } = await product.veza("--json", "doctor")
  expect(json.output).toContain("resumable")
})
