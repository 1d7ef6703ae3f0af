import { Exit, Schema, SchemaAST } from "effect"
import { accepts, firstAccepted, membersOf } from "./examples.ts"

/** Where a value stands in a part of a request: keys, and indexes of arrays. */
export type Path = ReadonlyArray<string>

/** A place of a part of a request, and what may stand there. */
export interface Field {
  readonly path: Path
  readonly ast: SchemaAST.AST
}

interface Child {
  readonly key: string
  readonly ast: SchemaAST.AST
  readonly required: boolean
}

/** A key that a record takes. */
const recordKey = (record: SchemaAST.AST, value: SchemaAST.AST): string =>
  ["key", "website"].find((key) => accepts(record, { [key]: exampleOf(value) })) ?? "key"

/** What stands directly in a value. What is transformed as a whole is taken as it travels. */
const childrenOf = (ast: SchemaAST.AST): ReadonlyArray<Child> =>
  membersOf(ast).flatMap((member): ReadonlyArray<Child> => {
    if (member.encoding !== undefined) return []
    if (SchemaAST.isArrays(member)) {
      return [...member.elements, ...member.rest].slice(0, 1).map((item) => ({ key: "0", ast: item, required: true }))
    }
    if (!SchemaAST.isObjects(member)) return []
    return [
      ...member.propertySignatures.map(({ name, type }) => ({
        key: String(name),
        ast: type,
        required: !SchemaAST.isOptional(type)
      })),
      ...member.indexSignatures.map(({ type }) => ({ key: recordKey(member, type), ast: type, required: false }))
    ]
  })

/** Every field of a part of a request; what holds others stands before them. */
export const fieldsOf = (ast: SchemaAST.AST, path: Path = []): ReadonlyArray<Field> => [
  { path, ast },
  ...childrenOf(ast).flatMap(({ key, ast: child }) => fieldsOf(child, [...path, key]))
]

const isContainer = (ast: SchemaAST.AST, kind: (ast: SchemaAST.AST) => boolean) =>
  membersOf(ast).some((member) => member.encoding === undefined && kind(member))

/** A good value with nothing in it that may be left away. */
export const exampleOf = (ast: SchemaAST.AST): unknown => {
  if (isContainer(ast, SchemaAST.isArrays)) return childrenOf(ast).map((item) => exampleOf(item.ast))
  if (!isContainer(ast, SchemaAST.isObjects)) return firstAccepted(ast)
  return Object.fromEntries(
    childrenOf(ast).flatMap(({ key, ast: child, required }) => (required ? [[key, exampleOf(child)]] : []))
  )
}

/** Stands for a key that is left away. */
export const absent = Symbol("absent")

/** An otherwise good value that holds `value` at `path`. */
export const holding = (ast: SchemaAST.AST, [head, ...rest]: Path, value: unknown): unknown => {
  if (head === undefined) return value
  const child = childrenOf(ast).find(({ key }) => key === head)
  if (child === undefined) throw new Error(`there is no field ${head}`)
  const put = holding(child.ast, rest, value)
  if (isContainer(ast, SchemaAST.isArrays)) return put === absent ? [] : [put]
  const others = Object.entries(Object(exampleOf(ast))).filter(([key]) => key !== head)
  return Object.fromEntries(put === absent ? others : [...others, [head, put]])
}

/** Is a part of a request as its schema wants it? */
export const fits = (schema: Schema.Top, value: unknown, closed: boolean): boolean =>
  Exit.isSuccess(
    Schema.decodeUnknownExit(Schema.make<Schema.Codec<unknown, unknown>>(schema.ast), {
      onExcessProperty: closed ? "error" : "ignore"
    })(value)
  )
