import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { peopleOf, type Person } from "../support/guards/people.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { tracksPath } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const fans = 50
const clicksOfEach = 10

let product: Product
let owner: Person
let people: ReadonlyArray<Person>
let trackId: string

beforeAll(async () => {
  product = await startProduct({ apis: 2, workers: 0, env: { CLAMAV_REQUIRED: "false", LOG_LEVEL: "WARN" } })
  const make = peopleOf(product)
  owner = await make.person("creator")
  trackId = await make.newSubject("private track", owner)
  await product.query("UPDATE tracks SET is_public = true WHERE id = $1", trackId)
  people = await Promise.all(Array.from({ length: fans }, () => make.person("user")))
})
afterAll(() => product?.stop())

const path = () => `${tracksPath}/${trackId}/like`
const click = (person: Person, n: number) =>
  new Session(product.api(n % 2), person.token).call(n % 3 === 2 ? "DELETE" : "POST", path())
const countOf = async (text: string) => Number(Object.values(Object((await product.query(text, trackId))[0]))[0])
const rows = () => countOf("SELECT count(*)::int FROM track_likes WHERE track_id = $1")
const shown = () => countOf("SELECT like_count FROM tracks WHERE id = $1")

describe("five hundred clicks of fifty people at once, on two processes", () => {
  it("end with a count that agrees with the likes, wherever it is read", async () => {
    const clicks = Array.from({ length: fans * clicksOfEach }, (_, n) => {
      const person = people[n % fans]
      return person === undefined ? Promise.reject(new Error("nobody")) : click(person, Math.floor(n / fans) + n)
    })
    const statuses = (await Promise.all(clicks)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    const likes = await rows()
    expect(likes).toBeGreaterThan(0)
    expect(likes).toBeLessThanOrEqual(fans)
    expect(await shown()).toBe(likes)
    for (const api of [0, 1]) {
      const session = new Session(product.api(api), owner.token)
      expect(dataOf(TrackView, await session.get(`${tracksPath}/${trackId}`)).like_count).toBe(likes)
    }
  })

  it("in which everybody ends with a like, or without one, come out even", async () => {
    for (const [method, expected] of [
      ["POST", fans],
      ["DELETE", 0]
    ] as const) {
      const clicks = people.flatMap(({ token }) =>
        Array.from({ length: clicksOfEach }, (_, n) => new Session(product.api(n % 2), token).call(method, path()))
      )
      await Promise.all(clicks)
      expect([await rows(), await shown()]).toEqual([expected, expected])
    }
  })
})
