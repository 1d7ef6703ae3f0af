import { execFile } from "node:child_process"
import { createRequire } from "node:module"
import { join } from "node:path"
import { promisify } from "node:util"
import { Schema } from "effect"
import { programOf } from "./tools.ts"

const run = promisify(execFile)

export interface Target {
  readonly path: string
  readonly connections: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent by POST where it is given. */
  readonly jsonBody?: string
  /** Reads the file by ranges of `bytes`, one after the other. */
  readonly ranges?: { readonly bytes: number; readonly ofFile: number }
}

/** What one run of the generator saw; latencies in milliseconds. */
export const Load = Schema.Struct({
  requests: Schema.Finite,
  bytes: Schema.Finite,
  micros: Schema.Finite,
  p50: Schema.Finite,
  p99: Schema.Finite,
  failed: Schema.Finite
})
export type Load = typeof Load.Type

const decodeWrk = Schema.decodeUnknownSync(Schema.fromJsonString(Load))
const Autocannon = Schema.Struct({
  duration: Schema.Finite,
  errors: Schema.Int,
  non2xx: Schema.Int,
  requests: Schema.Struct({ total: Schema.Finite }),
  throughput: Schema.Struct({ total: Schema.Finite }),
  latency: Schema.Struct({ p50: Schema.Finite, p99: Schema.Finite })
})
const decodeAutocannon = Schema.decodeUnknownSync(Schema.fromJsonString(Autocannon))

const headerArgs = (headers: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`])

const withWrk = async (wrk: string, url: string, seconds: number, target: Target): Promise<Load> => {
  const { ranges, jsonBody, headers = {} } = target
  const env = {
    ...process.env,
    ...(ranges === undefined ? {} : { RANGE_BYTES: String(ranges.bytes), FILE_BYTES: String(ranges.ofFile) }),
    ...(jsonBody === undefined ? {} : { REQUEST_BODY: jsonBody })
  }
  const load = [
    "-t1",
    `-c${target.connections}`,
    `-d${seconds}s`,
    "--timeout",
    "20s",
    "-s",
    join(import.meta.dirname, "report.lua")
  ]
  const { stdout } = await run(wrk, [...load, ...headerArgs(headers), url], { env, timeout: (seconds + 30) * 1000 })
  return decodeWrk(/^RESULT (.*)$/mu.exec(stdout)?.[1] ?? "")
}

/** The fallback asks for the first range only, and saturates earlier. */
const withAutocannon = async (url: string, seconds: number, target: Target): Promise<Load> => {
  const { ranges, jsonBody, headers = {} } = target
  const script = createRequire(import.meta.url).resolve("autocannon/autocannon.js")
  const range = ranges === undefined ? {} : { Range: `bytes=0-${ranges.bytes - 1}` }
  const body = jsonBody === undefined ? [] : ["-m", "POST", "-b", jsonBody, "-H", "Content-Type: application/json"]
  const load = ["--json", "-c", String(target.connections), "-d", String(seconds)]
  const args = [script, ...load, ...body, ...headerArgs({ ...headers, ...range }), url]
  const { stdout } = await run(process.execPath, args, { timeout: (seconds + 30) * 1000 })
  const { duration, errors, non2xx, requests, throughput, latency } = decodeAutocannon(stdout.trim())
  const seen = { requests: requests.total, bytes: throughput.total, micros: duration * 1e6, failed: errors + non2xx }
  return { ...seen, p50: latency.p50, p99: latency.p99 }
}

/** Loads one URL for `seconds`. Throws when any request failed or was refused: such numbers say nothing. */
export const generate = async (origin: string, seconds: number, target: Target): Promise<Load> => {
  const wrk = programOf("wrk")
  const url = `${origin}${target.path}`
  const load = await (wrk === undefined ? withAutocannon(url, seconds, target) : withWrk(wrk, url, seconds, target))
  if (load.requests > 0 && load.failed === 0) return load
  throw new Error(`${load.failed} of ${load.requests} requests to ${url} failed: look at the server's log.`)
}
