import { compare } from "../support/compare.ts"
import { streamed } from "../support/data.ts"
import { comparisonLines, type Row } from "../support/row.ts"

const connections = 64
const wanted = 0.7

/** `GET /tracks/:id` of somebody unknown beside a Koa that reads the same row and hands it out. */
export const track: Row = async (world, options) => {
  const path = `/api/v1/tracks/${streamed.trackId}`
  const bare = {
    name: "Koa + sql-pg, 10 connections",
    server: await world.server("koa-postgres"),
    target: { path, connections }
  }
  const ours = { name: "Veza", server: await world.server("api"), target: { path, connections } }
  const result = await compare(options, bare, ours)
  return {
    title: "GET /tracks/:id, anonymous",
    lines: comparisonLines(result, bare, ours),
    goals: [{ text: `ratio >= ${wanted}`, met: result.byRequests >= wanted }],
    data: result
  }
}
