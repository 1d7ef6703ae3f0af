import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { type ByteRange, rangesOf } from "@veza/domain/kernel"

const size = fc.integer({ min: 1, max: 500 })
const spec = fc.oneof(
  fc.tuple(fc.nat(600), fc.nat(600)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  fc.nat(600).map((first) => `${first}-`),
  fc.nat(600).map((suffix) => `-${suffix}`)
)

/** The bytes that one range-spec names, by counting them (RFC 9110 §14.1.2). */
const named = (text: string, length: number): ReadonlySet<number> => {
  const [first = "", last = ""] = text.split("-")
  const all = Array.from({ length }, (_, index) => index)
  if (first === "") return new Set(Number(last) === 0 ? [] : all.slice(-Number(last)))
  return new Set(all.filter((byte) => byte >= Number(first) && (last === "" || byte <= Number(last))))
}
const bytesOf = (ranges: ReadonlyArray<ByteRange>): ReadonlyArray<number> =>
  ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index))

describe("a Range header", () => {
  it("names exactly the bytes that its specs name, each once", () =>
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 8 }), size, (specs, length) => {
        const wanted = new Set(specs.flatMap((one) => [...named(one, length)]))
        const answer = rangesOf(`bytes=${specs.join(", ")}`, length)
        if (wanted.size === 0) return assert.strictEqual(answer._tag, "Unsatisfiable")
        assert.strictEqual(answer._tag, "Ranges")
        if (answer._tag !== "Ranges") return
        const bytes = bytesOf(answer.ranges)
        assert.strictEqual(bytes.length, wanted.size)
        assert.isTrue(bytes.every((byte) => wanted.has(byte)))
      }),
      { numRuns: 200 }
    ))

  it("never reaches outside the representation, whatever it says", () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `bytes=${text}`)
        ),
        fc.nat(1000),
        (header, length) => {
          const answer = rangesOf(header, length)
          if (answer._tag !== "Ranges") return
          for (const { first, last } of answer.ranges) assert.isTrue(0 <= first && first <= last && last < length)
        }
      )
    ))

  it.each(["bytes=", "bytes=abc", "bytes=5-1", "items=0-1", "bytes=-", "bytes=0-1,x", "0-1", "bytes 0-1"])(
    "is ignored when it is %s",
    (header) => {
      assert.strictEqual(rangesOf(header, 100)._tag, "Whole")
    }
  )

  it("is ignored when it asks for more ranges than anybody needs", () => {
    const many = Array.from({ length: 9 }, (_, index) => `${index * 10}-${index * 10 + 1}`)
    assert.strictEqual(rangesOf(`bytes=${many.join(",")}`, 1000)._tag, "Whole")
  })

  it("finds nothing in an empty representation", () => {
    assert.strictEqual(rangesOf("bytes=0-", 0)._tag, "Unsatisfiable")
    assert.strictEqual(rangesOf("bytes=-5", 0)._tag, "Unsatisfiable")
    assert.strictEqual(rangesOf(undefined, 0)._tag, "Whole")
  })
})
