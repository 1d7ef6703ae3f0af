import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { clientAddress } from "@veza/http-koa/koa/client-address"
import { precondition, rangeApplies } from "@veza/http-koa/koa/conditional"
import { jsonFault, maxDepth } from "@veza/http-koa/koa/json-scan"

describe("the scan of a JSON body", () => {
  it("passes whatever JSON.stringify makes of a shallow value", () =>
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => jsonFault(JSON.stringify(value)) === undefined),
      { numRuns: 300 }
    ))

  it("finds the same key twice in one object, however it is spelt", () =>
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 1 }), fc.string({ unit: "binary" }), (value, key) => {
        const escaped = [...key]
          .map((char) =>
            [...Array(char.length).keys()].map((i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")
          )
          .join("")
        const inner = JSON.stringify(value)
        const twice = `[{${JSON.stringify(key)}: ${inner}, "${escaped}": ${inner}}]`
        assert.deepStrictEqual(Object.keys(JSON.parse(twice)[0]), [key])
        assert.strictEqual(jsonFault(twice), "duplicate_key")
      })
    ))

  it("lets the same key stand in different objects", () => {
    assert.isUndefined(jsonFault('{"a":{"a":[{"a":1},{"a":2}]},"b":"a"}'))
  })

  it("counts depth, not brackets in text", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}"[[[[{{{{"${"]".repeat(depth)}`
    assert.isUndefined(jsonFault(nested(maxDepth)))
    assert.strictEqual(jsonFault(nested(maxDepth + 1)), "too_deep")
  })
})

describe("preconditions", () => {
  const none = { ifMatch: "", ifNoneMatch: "", ifModifiedSince: "", ifUnmodifiedSince: "" }
  const lastModified = new Date("2026-01-02T03:04:05.678Z")
  const at = (seconds: number) => new Date(lastModified.getTime() + seconds * 1000).toUTCString()
  const strong = { etag: '"abc"', lastModified }

  it.each([
    [{ ifNoneMatch: '"abc"' }, 304],
    [{ ifNoneMatch: 'W/"abc"' }, 304],
    [{ ifNoneMatch: '"x", "abc"' }, 304],
    [{ ifNoneMatch: "*" }, 304],
    [{ ifNoneMatch: '"x"' }, undefined],
    [{ ifNoneMatch: '"x"', ifModifiedSince: at(10) }, undefined],
    [{ ifModifiedSince: at(0) }, 304],
    [{ ifModifiedSince: at(-1) }, undefined],
    [{ ifModifiedSince: "yesterday" }, undefined],
    [{ ifMatch: '"abc"' }, undefined],
    [{ ifMatch: 'W/"abc"' }, 412],
    [{ ifMatch: '"x"' }, 412],
    [{ ifMatch: '"x"', ifNoneMatch: '"abc"' }, 412],
    [{ ifUnmodifiedSince: at(-1) }, 412],
    [{ ifUnmodifiedSince: at(0) }, undefined],
    [{ ifMatch: '"abc"', ifUnmodifiedSince: at(-1) }, undefined]
  ] as const)("%j is answered %s", (conditions, expected) => {
    assert.strictEqual(precondition({ ...none, ...conditions }, strong), expected)
  })

  it("let a range count only when If-Range names this very representation", () => {
    assert.isTrue(rangeApplies("", strong))
    assert.isTrue(rangeApplies('"abc"', strong))
    assert.isTrue(rangeApplies(at(0), strong))
    for (const header of ['W/"abc"', '"x"', at(1), at(-1), "nonsense"])
      assert.isFalse(rangeApplies(header, strong), header)
    assert.isFalse(rangeApplies('"abc"', { etag: 'W/"abc"', lastModified }))
  })
})

describe("the caller's address", () => {
  const behind = clientAddress(["10.0.0.0/8", "2001:db8::1"])

  it("is the peer's when no proxy is trusted, whatever is claimed", () =>
    fc.assert(fc.property(fc.ipV4(), fc.string(), (peer, claimed) => clientAddress([])(peer, claimed) === peer)))

  it("is the right-most hop that no trusted proxy is", () => {
    assert.strictEqual(behind("10.1.2.3", "203.0.113.9, 198.51.100.7, 10.9.9.9"), "198.51.100.7")
    assert.strictEqual(behind("2001:db8::1", "203.0.113.9"), "203.0.113.9")
    assert.strictEqual(behind("::ffff:10.1.2.3", "203.0.113.9"), "203.0.113.9")
    assert.strictEqual(behind("203.0.113.1", "198.51.100.7"), "203.0.113.1")
    assert.strictEqual(behind("10.1.2.3", "garbage"), "10.1.2.3")
  })
})
