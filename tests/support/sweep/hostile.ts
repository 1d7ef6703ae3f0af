import { Schema, type SchemaAST } from "effect"
import { absent, exampleOf } from "./fields.ts"

/** The bounds that a schema declares: of lengths, of values. */
const boundsOf = (ast: SchemaAST.AST): ReadonlyArray<number> => {
  const schema = Schema.toJsonSchemaDocument(Schema.make<Schema.Codec<unknown, unknown>>(ast))
  const names = /"(?:max|min)(?:imum|Length|Items)":(-?\d+)/gu
  return [...JSON.stringify(schema).matchAll(names)].map(([, bound]) => Number(bound))
}

const about = (bound: number) => [bound - 1, bound, bound + 1]

/** Texts that a schema may not expect, made from one that it accepts. */
const texts = (ast: SchemaAST.AST, example: unknown): ReadonlyArray<string> => {
  const good = typeof example === "string" ? example : ""
  const lengths = boundsOf(ast)
    .flatMap(about)
    .filter((length) => length > 0 && length < 6000)
  return [
    "",
    " ",
    "x",
    "\0",
    `${good}\0`,
    `\0${good}`,
    `${good}\u202e`,
    `${good}\u200b`,
    `${good}\r\nX-More: 1`,
    `${good}'; DROP TABLE users; --`,
    `%${good}_`,
    "\uff21\u0430\u212a\u0301",
    "null",
    "true",
    "-1",
    "0",
    "1.5",
    "1e400",
    "99999999999999999999",
    "0x10",
    "{3f0e7f0c-5d0f-4c0b-8f57-7d0f7a7b1f11}",
    "3f0e7f0c-5d0f-4c0b-8f57-7d0f7a7b1fzz",
    "0000-01-01T00:00:00Z",
    "-271821-04-20T00:00:00.000Z",
    "+275760-09-13T00:00:00.000Z",
    ...lengths.flatMap((length) => [good.padEnd(length, "x").slice(-length), "é".repeat(length)])
  ]
}

/** Values for a field of a JSON body. */
export const hostileValues = (ast: SchemaAST.AST): ReadonlyArray<unknown> => {
  const example = exampleOf(ast)
  return [
    absent,
    null,
    false,
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    -(2 ** 53),
    ...boundsOf(ast).flatMap(about),
    [],
    [null],
    [example],
    Array.from({ length: 101 }, () => example),
    {},
    { "": 1 },
    { ["__proto__"]: { isAdmin: true } },
    { constructor: { prototype: 1 } },
    ...texts(ast, example),
    `${String(example)}\ud800`,
    "\udfff",
    "x".repeat(20_000)
  ]
}

/** Values for a parameter or a query: text, for a query also given twice. */
export const hostileTexts = (ast: SchemaAST.AST): ReadonlyArray<string> => [
  ...texts(ast, exampleOf(ast)),
  "x".repeat(5000),
  "../../etc/passwd",
  "..",
  "__proto__"
]
