import { compare } from "../support/compare.ts"
import { streamed } from "../support/data.ts"
import { comparisonLines, type Goal, type Row } from "../support/row.ts"
import type { Server } from "../support/server.ts"
import type { World } from "../support/world.ts"

const connections = 64
const wanted = 0.7

/** `GET /tracks/:id` beside a Koa that reads the same row and hands it out. */
const trackRow =
  (
    who: string,
    headersFor: (world: World, api: Server) => Promise<Readonly<Record<string, string>>>,
    goalsOf: (ratio: number) => ReadonlyArray<Goal>
  ): Row =>
  async (world, options) => {
    const path = `/api/v1/tracks/${streamed.trackId}`
    const bare = {
      name: "Koa + sql-pg, 10 connections",
      server: await world.server("koa-postgres"),
      target: { path, connections }
    }
    const server = await world.server("api")
    const ours = { name: "Veza", server, target: { path, connections, headers: await headersFor(world, server) } }
    const result = await compare(options, bare, ours)
    return {
      title: `GET /tracks/:id, ${who}`,
      lines: comparisonLines(result, bare, ours),
      goals: goalsOf(result.byRequests),
      data: result
    }
  }

/** Of somebody unknown: answered from memory after the first time. */
export const track = trackRow(
  "anonymous",
  () => Promise.resolve({}),
  (ratio) => [{ text: `ratio >= ${wanted}`, met: ratio >= wanted }]
)

/** Of somebody signed in: the row is read each time. */
export const trackSignedIn = trackRow(
  "signed in",
  async (world, api) => ({ Authorization: `Bearer ${await world.token(api)}` }),
  () => []
)
