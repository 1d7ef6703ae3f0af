import { SchemaAST } from "effect"
import { describe, expect, it } from "vitest"
import { accepts } from "../support/sweep/examples.ts"
import { exampleOf, type Field, fieldsOf } from "../support/sweep/fields.ts"
import { sweptRoutes } from "../support/sweep/routes.ts"

/** Every field that the contract reads, by its name in messages. */
const fields = sweptRoutes().flatMap((route) =>
  (["params", "query", "headers", "body"] as const).flatMap((part) => {
    const schema = route[part]
    if (schema === undefined) return []
    const nameOf = ({ path }: Field) => `${route.method} ${route.path} ${part}: ${path.join(".")}`
    return fieldsOf(schema.ast).map((field) => ({ name: nameOf(field), ast: field.ast, example: exampleOf(field.ast) }))
  })
)

/** An accepted text with something put in at each place of it, the other text after it. */
const stuffed = (good: string, what: string) =>
  Array.from({ length: good.length + 1 }, (_, at) => good.slice(0, at) + what + good.slice(at))

/** The names of the fields that accept one of these values. */
const accepting = (values: (example: unknown) => ReadonlyArray<unknown>) =>
  fields.flatMap(({ name, ast, example }) => (values(example).some((value) => accepts(ast, value)) ? [name] : []))

const ofText = (make: (good: string) => ReadonlyArray<string>) => (example: unknown) => [
  ...(typeof example === "string" ? make(example) : []),
  ...make("")
]

describe("every field that the contract reads", () => {
  it("has an example, so that it is looked at", () => {
    expect(fields.length).toBeGreaterThan(100)
    for (const { name, ast, example } of fields) expect([name, accepts(ast, example)]).toEqual([name, true])
  })

  it("refuses text without an end", () => {
    const endless = ["x", "0", " ", "é", "-", "(x)", "/x"].map((one) => one.repeat(25_000))
    expect(accepting(ofText((good) => endless.flatMap((run) => stuffed(good, run))))).toEqual([])
  })

  it("refuses NUL and lone surrogates, wherever they stand", () => {
    expect(accepting(ofText((good) => ["\0", "\ud800", "\udfff"].flatMap((bad) => stuffed(good, bad))))).toEqual([])
  })

  it("refuses numbers that no column holds", () => {
    const numbers = [2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, -1e308, Infinity, NaN]
    expect(accepting(() => numbers)).toEqual([])
  })

  it("refuses lists and records without an end", () => {
    const many = Array.from({ length: 10_000 })
    const containers = fields.filter(({ ast }) => SchemaAST.isArrays(ast))
    expect(containers.length).toBeGreaterThan(1)
    const endless = containers.filter(({ ast, example }) => {
      const [item] = Array.isArray(example) ? example : []
      return accepts(
        ast,
        many.map(() => item)
      )
    })
    expect(endless.map(({ name }) => name)).toEqual([])
  })
})
