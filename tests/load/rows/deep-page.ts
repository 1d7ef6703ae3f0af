import { Effect } from "effect"
import { cursorAfter, planList } from "@veza/domain/kernel"
import { trackList } from "@veza/domain/tracks"
import { compare } from "../support/compare.ts"
import { rowAt } from "../support/data.ts"
import { comparisonLines, type Row } from "../support/row.ts"

const connections = 16
const depth = 500_000

/** The first page of the public list by cursor beside the one behind row 500,000. */
export const deepPage: Row = async (world, options) => {
  const server = await world.server("api")
  // Somebody signed in: anonymous readers are answered from memory.
  const headers = { Authorization: `Bearer ${await world.token(server)}` }
  const plan = await Effect.runPromise(planList(trackList, { cursor: "" }, {}))
  const [row] = await rowAt(world.databaseUrl, depth - 1)
  if (row === undefined) throw new Error(`The list is shorter than ${depth} rows.`)
  const cursor = cursorAfter(trackList, plan, {}, { value: row.at.toISOString(), id: row.id })
  const page = (name: string, at: string) => ({
    name,
    server,
    target: { path: `/api/v1/tracks?limit=20&cursor=${at}`, connections, headers }
  })
  const first = page("Veza, first page", "")
  const deep = page(`Veza, behind row ${depth}`, cursor)
  const result = await compare(options, first, deep)
  return {
    title: `GET /tracks by cursor, 20 of ${depth} rows`,
    lines: comparisonLines(result, first, deep),
    goals: [],
    data: result
  }
}
