import { compare } from "../support/compare.ts"
import { streamed } from "../support/data.ts"
import { comparisonLines, type Row } from "../support/row.ts"
import { programOf } from "../support/tools.ts"

const wanted = 0.6

/** Ranges of a stored file from 100 connections beside nginx with the same file. */
export const ranges: Row = async (world, options) => {
  const title = "256 KiB ranges of a 20 MB file, 100 connections"
  if (programOf("nginx-light") === undefined) {
    const text = "nginx is missing: install Debian's package nginx-light"
    return { title, lines: [], goals: [{ text, met: false }], data: null }
  }
  const load = { connections: 100, ranges: { bytes: 256 * 1024, ofFile: streamed.bytes } }
  const nginx = {
    name: "nginx",
    server: await world.server("nginx"),
    target: { ...load, path: `/${streamed.storageKey}` }
  }
  const ours = {
    name: "Veza",
    server: await world.server("api"),
    target: { ...load, path: `/api/v1/tracks/${streamed.trackId}/stream` }
  }
  const result = await compare(options, nginx, ours)
  return {
    title,
    lines: [...comparisonLines(result, nginx, ours), `ratio ${result.byBytes.toFixed(2)} by bytes`],
    goals: [{ text: `ratio >= ${wanted} by bytes`, met: result.byBytes >= wanted }],
    data: result
  }
}
