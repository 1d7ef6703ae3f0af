import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { judgeHeldKey } from "@veza/domain/platform"
import { canonicalJson } from "@veza/http-koa/koa/canonical-json"

/** The same JSON with the keys of every object the other way round. */
const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== "object" || value === null) return value
  const members = Object.entries(value).map(([key, member]) => [key, turned(member)] as const)
  return Object.fromEntries(members.toReversed())
}
/** As a body arrives: read from text. */
const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)))

describe("canonical JSON", () => {
  it("says the same as JSON", () =>
    fc.assert(fc.property(json, (value) => assert.deepEqual(JSON.parse(canonicalJson(value)), value))))

  it("does not depend on the order of keys", () =>
    fc.assert(fc.property(json, (value) => canonicalJson(turned(value)) === canonicalJson(value))))

  it("is the same for equal values only", () =>
    fc.assert(
      fc.property(json, json, (a, b) => {
        if (canonicalJson(a) === canonicalJson(b)) assert.deepEqual(a, b)
      })
    ))

  it("leaves out what JSON leaves out", () => {
    assert.strictEqual(canonicalJson({ b: [1, undefined], a: undefined }), '{"b":[1,null]}')
  })
})

describe("a key that is held", () => {
  const print = fc.constantFrom(undefined, "f", "g")
  const answer = fc.constantFrom(undefined, new Uint8Array([1]))

  it("is reused by a request known to be another, else in flight or answered", () =>
    fc.assert(
      fc.property(print, print, answer, (stored, presented, kept) => {
        const differs = stored !== undefined && presented !== undefined && stored !== presented
        const expected = differs ? "reused" : kept === undefined ? "in_flight" : "answered"
        assert.strictEqual(judgeHeldKey({ fingerprint: stored, answer: kept }, presented), expected)
      })
    ))
})
