import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Result } from "effect"
import fc from "fast-check"
import { cursorAfter, type Key, type ListQuery, type ListSpec, maxPageDepth, planList } from "@veza/domain/kernel"

type Sort = "created_at" | "title" | "likes"
const sorts = { created_at: "time", title: "text", likes: "number" } as const
const tracks: ListSpec<Sort> = { name: "tracks", sorts, fallback: "created_at" }
const playlists: ListSpec<Sort> = { name: "playlists", sorts, fallback: "created_at" }

const text = fc.string({ unit: "binary" })
const storable = text.filter((value) => value.isWellFormed() && !value.includes("\0"))
const values = {
  created_at: fc
    .date({ min: new Date("1000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString()),
  title: storable,
  likes: fc.integer({ min: 0, max: 2 ** 31 - 1 })
}
const order = fc.constantFrom("asc", "desc")
/** A question and a row that its answer could have ended with. */
const asked = fc.constantFrom<Sort>("created_at", "title", "likes").chain((sort) =>
  fc.record({
    query: fc.record({ sort: fc.constant(sort), order }),
    after: fc.record<Key>({ value: values[sort], id: fc.uuid() })
  })
)
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
      fc.property(asked, filters, ({ query, after }, filter) => {
        const { start } = planned(tracks, { ...query, cursor: cursorFor(query, filter, after) }, filter)
        assert.deepStrictEqual(start, { _tag: "After", key: after })
      })
    ))

  it("is refused by another list, sort, direction or filter", () =>
    fc.assert(
      fc.property(asked, filters, ({ query, after }, filter) => {
        const cursor = cursorFor(query, filter, after)
        const otherSort = query.sort === "title" ? "created_at" : "title"
        const otherOrder = query.order === "asc" ? "desc" : "asc"
        assert.strictEqual(faultOf(playlists, { ...query, cursor }, filter), "InvalidCursor")
        assert.strictEqual(faultOf(tracks, { ...query, sort: otherSort, cursor }, filter), "InvalidCursor")
        assert.strictEqual(faultOf(tracks, { ...query, order: otherOrder, cursor }, filter), "InvalidCursor")
        assert.strictEqual(faultOf(tracks, { ...query, cursor }, { ...filter, "another filter": 1 }), "InvalidCursor")
      })
    ))

  it("is refused when somebody put into it what no row holds", () =>
    fc.assert(
      fc.property(asked, storable, ({ query, after }, forged) => {
        const wrongKind = query.sort === "likes" ? "12" : query.sort === "title" ? 12 : `${forged}x`
        const refused = (key: Key) => faultOf(tracks, { ...query, cursor: cursorFor(query, {}, key) }, {})
        assert.strictEqual(refused({ ...after, value: wrongKind }), "InvalidCursor")
        assert.strictEqual(refused({ ...after, id: `${forged}z` }), "InvalidCursor")
      })
    ))

  it("is refused, not stumbled over, when it is garbage", () => {
    const base64 = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_=") })
    const json = fc.json().map((value) => Buffer.from(value).toString("base64url"))
    const bytes = fc.uint8Array().map((value) => Buffer.from(value).toString("base64url"))
    const cut = fc
      .tuple(asked, fc.nat(20))
      .map(([{ query, after }, length]) => cursorFor(query, {}, after).slice(length + 1))
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
        fc.pre(!Object.hasOwn(sorts, sort))
        assert.deepInclude(planned(tracks, { sort, order }, {}), { sort: "created_at", descending: true, limit: 20 })
      })
    )
  })
})
