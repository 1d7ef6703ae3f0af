import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { eventually } from "../support/product/eventually.ts"
import { type Product, startProduct } from "../support/product.ts"

const Job = Schema.Struct({ name: Schema.String, begun_at: Schema.NullOr(Schema.String), is_running: Schema.Boolean })
const Jobs = Schema.fromJsonString(Schema.Struct({ jobs: Schema.Array(Job) }))

let product: Product
const list = async () =>
  Schema.decodeUnknownSync(Jobs)((await product.veza("jobs", "list", "--json")).process.output).jobs

beforeAll(async () => {
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false" } })
})
afterAll(() => product?.stop())

describe("veza jobs", () => {
  it("lists what workers do by the clock, and when they did, in a terminal's width", async () => {
    const job = await eventually("a job that ran", async () =>
      (await list()).find(({ name, is_running }) => name === "roll-up-plays" && !is_running)
    )
    expect(job.begun_at).not.toBeNull()
    const { code, process } = await product.veza("jobs", "list")
    expect(code).toBe(0)
    const lines = process.output.trimEnd().split("\n")
    expect(lines[0]).toBe("Jobs, and when each was begun last (UTC):")
    expect(lines.find((line) => line.includes("roll-up-plays"))).toContain(job.begun_at?.slice(0, 10))
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  it("has a worker run one long before it is due, and waits until it has", async () => {
    const begunAt = async () => (await list()).find(({ name }) => name === "forget-inbox")?.begun_at ?? ""
    const before = await eventually("its first run", begunAt)
    const { code, process } = await product.veza("jobs", "run", "forget-inbox")
    expect([code, process.output]).toEqual([0, "forget-inbox has run; the log of the worker tells what it did.\n"])
    expect((await begunAt()) > before).toBe(true)
  })

  it("knows no other jobs", async () => {
    const { code, process } = await product.veza("jobs", "run", "mine-coins")
    expect(code).toBe(1)
    expect(process.log).toContain("No worker ever ran a job mine-coins; “veza jobs list” names them all.")
  })
})
