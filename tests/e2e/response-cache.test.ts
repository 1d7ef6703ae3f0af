import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { makeAudio } from "../support/product/audio.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { readFile } from "node:fs/promises"
import { dataOf, Session } from "../support/product/session.ts"
import { uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

let product: Product
let creator: Account
let here: Session
let there: Session
let path: string

beforeAll(async () => {
  product = await startProduct({ apis: 2, env: { CLAMAV_REQUIRED: "false" } })
  creator = await signUpCreator(product)
  const song = await readFile(await makeAudio({ folder: product.home, format: "flac", seconds: 1 }))
  const { id } = await uploadReady(creator.byToken, "Kept", { name: "k.flac", bytes: song })
  path = `/api/v1/tracks/${id}`
  here = new Session(product.api(0))
  there = new Session(product.api(1))
})
afterAll(() => product.stop())

const hits = async (): Promise<number> => {
  const { bytes } = await here.get("/metrics")
  return Number(/^veza_cache_hits_total\{cache="responses"\} (\d+)$/mu.exec(bytes.toString())?.[1] ?? 0)
}
const Shown = Schema.Struct({
  title: Schema.String,
  like_count: Schema.Int,
  scan_status: Schema.optionalKey(Schema.String)
})
const shownAt = async (session: Session) => dataOf(Shown, await session.get(path))
const titleAt = async (session: Session) => (await shownAt(session)).title
const likesAt = async (session: Session) => (await shownAt(session)).like_count

describe("answers to anonymous readers", () => {
  it("are kept, with the same bytes and entity tag", async () => {
    const first = await here.get(path)
    const before = await hits()
    const second = await here.get(path)
    expect(second.bytes.equals(first.bytes)).toBe(true)
    expect(second.headers.get("etag")).toBe(first.headers.get("etag"))
    expect(await hits()).toBe(before + 1)
    expect((await here.get(path, { "if-none-match": first.headers.get("etag") ?? "" })).status).toBe(304)
  })

  it("show a like at once where it was given, and within a second elsewhere", async () => {
    expect([await likesAt(here), await likesAt(there)]).toEqual([0, 0])
    expect((await creator.byToken.at(product.api(0)).post(`${path}/like`)).status).toBe(200)
    expect(await likesAt(here)).toBe(1)
    await eventually("the like at the other process", async () => (await likesAt(there)) === 1, promptly)
  })

  it("follow a change that nobody announced by name", async () => {
    expect([await titleAt(here), await titleAt(there)]).toEqual(["Kept", "Kept"])
    await product.query("UPDATE tracks SET title = 'Renamed' WHERE id = $1", path.split("/").at(-1) ?? "")
    await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'tracks'")
    for (const session of [here, there]) {
      await eventually("the new title", async () => (await titleAt(session)) === "Renamed", promptly)
    }
  })

  it("are never given for somebody signed in, nor theirs to others", async () => {
    for (let i = 0; i < 2; i++) {
      expect(await shownAt(creator.byToken)).toHaveProperty("scan_status")
      expect(await shownAt(here)).not.toHaveProperty("scan_status")
    }
  })

  it("are not kept of what was refused", async () => {
    const unknown = `/api/v1/tracks/${crypto.randomUUID()}`
    expect((await here.get(unknown)).status).toBe(404)
    const before = await hits()
    expect((await here.get(unknown)).status).toBe(404)
    expect(await hits()).toBe(before)
  })
})
