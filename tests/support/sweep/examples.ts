import { Exit, Schema, SchemaAST } from "effect"

const codecOf = (ast: SchemaAST.AST) => Schema.make<Schema.Codec<unknown, unknown>>(ast)

/** Does a schema accept a value as it travels? */
export const accepts = (ast: SchemaAST.AST, value: unknown): boolean =>
  Exit.isSuccess(Schema.decodeUnknownExit(codecOf(ast))(value))

/** Ordinary values, the least consequential first: no switch is turned on. */
const ordinary = [
  false,
  1,
  60,
  1999,
  "3f0e7f0c-5d0f-4c0b-8f57-7d0f7a7b1f11",
  "1",
  "1999",
  "60",
  "1f6feb",
  "false",
  "2001-12-31",
  "2030-12-31T23:59:59Z",
  "person@example.org",
  "https://example.org/",
  "en",
  "read",
  "an-ordinary-text",
  "init.mp4",
  "2025-11",
  "USD",
  "DE",
  "0.92",
  true,
  null
]

/** The members of a union, one after the other; anything else is its own only member. */
export const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  SchemaAST.isUnion(ast) && ast.encoding === undefined ? ast.types.flatMap(membersOf) : [ast]

/** An ordinary value that a schema accepts; throws where none does, for then it belongs among them. */
export const firstAccepted = (ast: SchemaAST.AST): unknown => {
  const chosen = membersOf(ast).flatMap((one) => (SchemaAST.isLiteral(one) ? [one.literal] : []))
  const found = [...chosen, ...ordinary].find((value) => accepts(ast, value))
  if (found === undefined) throw new Error(`No ordinary value fits ${String(ast)}; please add one.`)
  return found
}
