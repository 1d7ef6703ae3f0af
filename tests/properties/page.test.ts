import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Result } from "effect"
import fc from "fast-check"
import { cursorAfter, type Key, type ListQuery, type ListSpec, maxPageDepth, planList } from "@veza/domain/kernel"

type Sort = "created_at" | "title"
const tracks: ListSpec<Sort> = { name: "tracks", sorts: ["created_at", "title"] }
const playlists: ListSpec<Sort> = { name: "playlists", sorts: ["created_at", "title"] }

const text = fc.string({ unit: "binary" })
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 0)
const key: fc.Arbitrary<Key> = fc.record({ value: fc.oneof(text, number), id: text })
const query = fc.record({ sort: fc.constantFrom<Sort>("created_at", "title"), order: fc.constantFrom("asc", "desc") })
const filters = fc.dictionary(text, text, { maxKeys: 3 })

const plan = (spec: ListSpec<Sort>, asked: ListQuery, filter: unknown) =>
  Effect.runSync(Effect.result(planList(spec, asked, filter)))
const planned = (spec: ListSpec<Sort>, asked: ListQuery, filter: unknown) =>
  Result.getOrThrow(plan(spec, asked, filter))
const cursorFor = (asked: ListQuery, filter: unknown, after: Key) =>
  cursorAfter(tracks, planned(tracks, asked, filter), filter, after)
const faultOf = (spec: ListSpec<Sort>, asked: ListQuery, filter: unknown) =>
  Result.match(plan(spec, asked, filter), { onFailure: (error) => error._tag, onSuccess: () => "accepted" })

describe("a cursor", () => {
  it("leads back to the key it was made of", () =>
    fc.assert(
      fc.property(query, filters, key, (asked, filter, after) => {
        const { start } = planned(tracks, { ...asked, cursor: cursorFor(asked, filter, after) }, filter)
        assert.deepStrictEqual(start, { _tag: "After", key: after })
      })
    ))

  it("is refused by another list, sort, direction or filter", () =>
    fc.assert(
      fc.property(query, filters, key, (asked, filter, after) => {
        const cursor = cursorFor(asked, filter, after)
        const otherSort = asked.sort === "title" ? "created_at" : "title"
        const otherOrder = asked.order === "asc" ? "desc" : "asc"
        assert.strictEqual(faultOf(playlists, { ...asked, cursor }, filter), "InvalidCursor")
        assert.strictEqual(faultOf(tracks, { ...asked, sort: otherSort, cursor }, filter), "InvalidCursor")
        assert.strictEqual(faultOf(tracks, { ...asked, order: otherOrder, cursor }, filter), "InvalidCursor")
        assert.strictEqual(faultOf(tracks, { ...asked, cursor }, { ...filter, "another filter": 1 }), "InvalidCursor")
      })
    ))

  it("is refused, not stumbled over, when it is garbage", () => {
    const base64 = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_=") })
    const json = fc.json().map((value) => Buffer.from(value).toString("base64url"))
    const bytes = fc.uint8Array().map((value) => Buffer.from(value).toString("base64url"))
    const cut = fc.tuple(key, fc.nat(20)).map(([after, length]) => cursorFor({}, {}, after).slice(length + 1))
    const garbage = fc.oneof(text, base64, json, bytes, cut).filter((cursor) => cursor !== "")
    fc.assert(
      fc.property(garbage, (cursor) => faultOf(tracks, { cursor }, {}) === "InvalidCursor"),
      { numRuns: 200 }
    )
  })

  it("begins at the start when it is empty", () => {
    assert.deepStrictEqual(planned(tracks, { cursor: "" }, {}).start, { _tag: "After", key: undefined })
  })
})

describe("page style", () => {
  it("reaches as deep as it may and no deeper", () => {
    const depth = fc.record({ page: fc.integer({ min: 1, max: 11_000 }), limit: fc.integer({ min: 1, max: 100 }) })
    fc.assert(
      fc.property(depth, ({ page, limit }) => {
        const exit = Effect.runSyncExit(planList(tracks, { page, limit }, {}))
        assert.strictEqual(Exit.isSuccess(exit), page * limit <= maxPageDepth)
        if (Exit.isSuccess(exit)) {
          assert.deepStrictEqual(exit.value.start, { _tag: "Offset", page, skip: (page - 1) * limit })
        }
      }),
      { examples: [[{ page: 500, limit: 20 }], [{ page: 10_000, limit: 1 }], [{ page: 101, limit: 100 }]] }
    )
  })

  it("falls back to the first sort, descending, whatever else is asked", () => {
    fc.assert(
      fc.property(text, text, (sort, order) => {
        fc.pre(sort !== "created_at" && sort !== "title")
        assert.deepInclude(planned(tracks, { sort, order }, {}), { sort: "created_at", descending: true, limit: 20 })
      })
    )
  })
})
