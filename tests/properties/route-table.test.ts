import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { RouteTable } from "@veza/http-koa/koa/route-table"

const segment = fc.constantFrom("tracks", "users", "me", "stream", ":id", ":token")
/** No parameter stands twice in one pattern. */
const isSound = (parts: ReadonlyArray<string>): boolean =>
  new Set(parts.filter((part) => part.startsWith(":"))).size === parts.filter((part) => part.startsWith(":")).length
const pattern = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .filter(isSound)
  .map((parts) => `/${parts.join("/")}`)
const path = fc
  .array(fc.constantFrom("tracks", "users", "me", "stream", "x", "7"), { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join("/")}`)

/** What a pattern says of a path, segment by segment: the plain way, to compare with. */
const valuesOf = (declared: string, asked: string): ReadonlyArray<string> | undefined => {
  const [parts, given] = [declared.split("/"), asked.split("/")]
  const fits = parts.length === given.length && parts.every((part, i) => part.startsWith(":") || part === given[i])
  return fits ? given.filter((_, i) => parts[i]?.startsWith(":")) : undefined
}

describe("finding a route by its segments", () => {
  it("finds one that fits exactly where some pattern fits, with the values of its parameters", () =>
    fc.assert(
      fc.property(fc.uniqueArray(pattern, { maxLength: 12 }), path, (patterns, asked) => {
        const table = new RouteTable<string>()
        for (const declared of patterns) table.add("GET", declared, declared)
        const match = table.find("GET", asked)
        assert.strictEqual(
          match !== undefined,
          patterns.some((declared) => valuesOf(declared, asked) !== undefined)
        )
        if (match === undefined) return
        assert.deepStrictEqual(Object.values(match.params), valuesOf(match.target, asked))
        assert.isUndefined(table.find("POST", asked))
      }),
      { numRuns: 500 }
    ))

  it("prefers a fixed segment to a parameter, and goes back where that leads nowhere", () => {
    const table = new RouteTable<string>()
    for (const declared of ["/users/:id", "/users/me", "/users/me/password", "/users/:id/completion"]) {
      table.add("GET", declared, declared)
    }
    assert.strictEqual(table.find("GET", "/users/me")?.target, "/users/me")
    assert.deepStrictEqual(table.find("GET", "/users/me/completion"), {
      target: "/users/:id/completion",
      params: { id: "me" }
    })
  })

  it("leaves what is not plain to the router", () => {
    const table = new RouteTable<string>()
    table.add("GET", "/users/:id", "u")
    for (const odd of ["/users/a%2Fb", "/users/", "/users", "/users/a/", "//users/a", ""]) {
      assert.isUndefined(table.find("GET", odd), odd)
    }
  })
})
