import type { Options } from "./options.ts"
import { cpuMicros, residentBytes } from "./proc.ts"
import { generate, type Target } from "./generator.ts"
import type { Server } from "./server.ts"

/** One measurement of one server. */
export interface Sample {
  readonly requestsPerSecond: number
  readonly bytesPerSecond: number
  /** Processor time of the server for one request, in microseconds. */
  readonly cpuPerRequest: number
  /** Milliseconds. */
  readonly p99: number
  /** Bytes. */
  readonly resident: number
}

export interface Side {
  readonly name: string
  readonly server: Server
  readonly target: Target
}

export interface Comparison {
  readonly baseline: Sample
  readonly ours: Sample
  /** Ours by the baseline's, median of the rounds. */
  readonly byRequests: number
  readonly byBytes: number
  /** The baseline's processor time by ours: above 1 we need less. */
  readonly byCpu: number
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

const measure = async ({ server, target }: Side, seconds: number): Promise<Sample> => {
  const before = cpuMicros(server.pid)
  const load = await generate(server.origin, seconds, target)
  const used = cpuMicros(server.pid) - before
  server.clearLog()
  return {
    requestsPerSecond: (load.requests / load.micros) * 1e6,
    bytesPerSecond: (load.bytes / load.micros) * 1e6,
    cpuPerRequest: used / load.requests,
    p99: load.p99,
    resident: residentBytes(server.pid)
  }
}

const medianOf = (samples: ReadonlyArray<Sample>): Sample => ({
  requestsPerSecond: median(samples.map((sample) => sample.requestsPerSecond)),
  bytesPerSecond: median(samples.map((sample) => sample.bytesPerSecond)),
  cpuPerRequest: median(samples.map((sample) => sample.cpuPerRequest)),
  p99: median(samples.map((sample) => sample.p99)),
  resident: Math.max(...samples.map((sample) => sample.resident))
})

/** Requests after which V8 has compiled what is hot; fewer make the first rounds up to twice as dear as the later ones. */
const warmRequests = 20_000

const warmUp = async ({ server, target }: Side, seconds: number): Promise<void> => {
  for (let second = 0, seen = 0; second < seconds && seen < warmRequests; second++) {
    seen += (await generate(server.origin, 1, target)).requests
  }
  server.clearLog()
}

/** Measures two servers in turns, so that whatever else the machine does meets both alike. */
export const compare = async (options: Options, baseline: Side, ours: Side): Promise<Comparison> => {
  for (const side of [baseline, ours]) await warmUp(side, options.warmUp)
  const pairs: Array<readonly [Sample, Sample]> = []
  for (let round = 0; round < options.rounds; round++) {
    pairs.push([await measure(baseline, options.seconds), await measure(ours, options.seconds)])
  }
  return {
    baseline: medianOf(pairs.map(([first]) => first)),
    ours: medianOf(pairs.map(([, second]) => second)),
    byRequests: median(pairs.map(([first, second]) => second.requestsPerSecond / first.requestsPerSecond)),
    byBytes: median(pairs.map(([first, second]) => second.bytesPerSecond / first.bytesPerSecond)),
    byCpu: median(pairs.map(([first, second]) => first.cpuPerRequest / second.cpuPerRequest))
  }
}
