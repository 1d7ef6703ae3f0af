import { Effect, Record, Schema } from "effect"
import { InvalidCursor, PageTooDeep } from "./errors.ts"
import { Uuid } from "./ids.ts"
import { Text } from "./text.ts"

/** Deepest row that page style reaches (05-decisions, "Lists"). */
export const maxPageDepth = 10_000

/** What a caller asked of a list, before it is checked. `cursor: ""` begins cursor style. */
export interface ListQuery {
  readonly page?: number | undefined
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
  readonly sort?: string | undefined
  readonly order?: string | undefined
}

export type SortValue = string | number
/** The sort value and the id of the last row of a page: the place after which the next one begins. */
export interface Key {
  readonly value: SortValue
  readonly id: string
}

export interface ListPlan<Sort extends string> {
  readonly sort: Sort
  readonly descending: boolean
  readonly limit: number
  readonly start:
    | { readonly _tag: "Offset"; readonly page: number; readonly skip: number }
    | { readonly _tag: "After"; readonly key: Key | undefined }
}

/** One page of a list. `next` is absent on the last page; `total` is counted only in page style. */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly limit: number
  readonly next: Key | undefined
  readonly counted: { readonly page: number; readonly total: number; readonly isLowerBound: boolean } | undefined
}

/** What the values of a sort are; a cursor's value is checked against it. */
export type SortKind = "time" | "text" | "number"

/** The declaration of a list: its name, which sorts it allows, and the one (descending) for everything else. */
export interface ListSpec<Sort extends string> {
  readonly name: string
  readonly sorts: Readonly<Record<Sort, SortKind>>
  readonly fallback: Sort
}

const CursorBody = Schema.fromJsonString(
  Schema.Tuple([Schema.String, Schema.Union([Schema.String, Schema.Finite]), Schema.String])
)
const decodeCursor = Schema.decodeUnknownEffect(Schema.StringFromBase64Url.pipe(Schema.decodeTo(CursorBody)))
const encodeCursor = Schema.encodeSync(Schema.StringFromBase64Url.pipe(Schema.decodeTo(CursorBody)))

/** Counts and durations are kept in 32 bits. */
const maxCount = 2 ** 31 - 1
const isUuid = Schema.is(Uuid)
const isText = Schema.is(Text)

/** A cursor comes back from strangers: what is in it must be what this list could have put there. */
const fits = (kind: SortKind, value: SortValue): boolean => {
  if (kind === "number") return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= maxCount
  if (typeof value !== "string" || !isText(value)) return false
  return (
    kind === "text" ||
    (/^[1-9]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/u.test(value) && !Number.isNaN(Date.parse(value)))
  )
}

/** FNV-1a over what a cursor is bound to: list, sort, direction and filters. Detects mix-ups; it is no secret. */
const binding = (text: string): string => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(36)
}
const bound = (spec: ListSpec<string>, sort: string, descending: boolean, filters: unknown) =>
  binding(JSON.stringify([spec.name, sort, descending, filters]))

/** Makes the opaque cursor that continues a list after `key`. */
export const cursorAfter = <Sort extends string>(
  spec: ListSpec<Sort>,
  plan: ListPlan<Sort>,
  filters: unknown,
  key: Key
): string => encodeCursor([bound(spec, plan.sort, plan.descending, filters), key.value, key.id])

/**
 * Turns a query into a plan (05-decisions, "Lists"): `cursor` selects keyset style, otherwise page style with
 * `page × limit ≤ 10,000`. Unknown sorts fall back as declared, descending. `limit` defaults to 20.
 */
export const planList = <Sort extends string>(
  spec: ListSpec<Sort>,
  query: ListQuery,
  filters: unknown
): Effect.Effect<ListPlan<Sort>, InvalidCursor | PageTooDeep> => {
  const known = Record.keys(spec.sorts).find((sort) => sort === query.sort)
  const sort = known ?? spec.fallback
  const descending = known === undefined || query.order !== "asc"
  const limit = query.limit ?? 20
  const plan = (start: ListPlan<Sort>["start"]): ListPlan<Sort> => ({ sort, descending, limit, start })
  if (query.cursor === undefined) {
    const page = query.page ?? 1
    return page * limit > maxPageDepth
      ? Effect.fail(new PageTooDeep())
      : Effect.succeed(plan({ _tag: "Offset", page, skip: (page - 1) * limit }))
  }
  if (query.cursor === "") return Effect.succeed(plan({ _tag: "After", key: undefined }))
  return decodeCursor(query.cursor).pipe(
    Effect.mapError(() => new InvalidCursor()),
    Effect.flatMap(([bond, value, id]) =>
      bond === bound(spec, sort, descending, filters) && fits(spec.sorts[sort], value) && isUuid(id)
        ? Effect.succeed(plan({ _tag: "After", key: { value, id } }))
        : Effect.fail(new InvalidCursor())
    )
  )
}
