import { Effect, type Schema } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { type ListPlan, maxPageDepth, type Page, type SortValue } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"

/** How an allowed sort reads in SQL, how its cursor value is bound, and how it is taken from an item. */
export interface KeysetSort<A> {
  readonly column: string
  readonly type: string
  readonly of: (item: A) => SortValue
}

export interface KeysetList<A, Sort extends string> {
  readonly table: string
  readonly columns: string
  readonly sorts: Readonly<Record<Sort, KeysetSort<A>>>
  readonly idOf: (item: A) => string
  readonly decode: (row: unknown) => Effect.Effect<A, Schema.SchemaError>
}

/** The statement that reads one page and one row more. `where` holds at least one condition. */
export const keysetSelect = <A, Sort extends string>(sql: SqlClient, list: KeysetList<A, Sort>) => {
  const [columns, table] = [sql.literal(list.columns), sql.literal(list.table)]
  return (where: ReadonlyArray<Fragment>, plan: ListPlan<Sort>) => {
    const { column, type } = list.sorts[plan.sort]
    const by = sql.literal(column)
    const direction = sql.literal(plan.descending ? "DESC" : "ASC")
    const beyond = sql.literal(plan.descending ? "<" : ">")
    const { start } = plan
    const after =
      start._tag === "After" && start.key !== undefined
        ? [sql`(${by}, id) ${beyond} (${String(start.key.value)}::text::${sql.literal(type)}, ${start.key.id}::uuid)`]
        : []
    const skip = start._tag === "Offset" ? start.skip : 0
    return sql`SELECT ${columns} FROM ${table} WHERE ${sql.and([...where, ...after])}
      ORDER BY ${by} ${direction}, id ${direction} LIMIT ${plan.limit + 1} OFFSET ${skip}`
  }
}

/** Reads pages of a table with an `id`: keyset on the sort and the id, or counted pages (05-decisions, "Lists"). */
export const keysetPages = <A, Sort extends string>(list: KeysetList<A, Sort>) =>
  Effect.map(Database, ({ sql }) => {
    const select = keysetSelect(sql, list)
    const table = sql.literal(list.table)

    const countedPage = Effect.fnUntraced(function* (where: ReadonlyArray<Fragment>, page: number) {
      const [row] = yield* bounded(sql<{ n: number }>`SELECT count(*)::int AS n
        FROM (SELECT 1 FROM ${table} WHERE ${sql.and(where)} LIMIT ${maxPageDepth + 1}) AS counted`)
      const n = row?.n ?? 0
      return { page, total: Math.min(n, maxPageDepth), isLowerBound: n > maxPageDepth }
    })

    /** `where` holds at least one condition. */
    return Effect.fnUntraced(function* (where: ReadonlyArray<Fragment>, plan: ListPlan<Sort>) {
      const rows = yield* bounded(select(where, plan))
      const found = yield* Effect.orDie(Effect.forEach(rows, list.decode))
      const items = found.slice(0, plan.limit)
      const last = items.at(-1)
      const next =
        found.length > plan.limit && last !== undefined
          ? { value: list.sorts[plan.sort].of(last), id: list.idOf(last) }
          : undefined
      const counted = plan.start._tag === "Offset" ? yield* countedPage(where, plan.start.page) : undefined
      return { items, limit: plan.limit, next, counted } satisfies Page<A>
    })
  })
