import type { Comparison, Sample, Side } from "./compare.ts"
import type { Options } from "./options.ts"
import type { World } from "./world.ts"

export interface Goal {
  readonly text: string
  readonly met: boolean
}

/** What one row of the table says. */
export interface Report {
  readonly title: string
  /** At most 76 characters each. */
  readonly lines: ReadonlyArray<string>
  readonly goals: ReadonlyArray<Goal>
  /** The numbers behind the lines, for `--json`. */
  readonly data: unknown
}

export type Row = (world: World, options: Options) => Promise<Report>

const mega = 1e6

export const figures = (name: string, sample: Sample): string =>
  `${name.padEnd(28)}${Math.round(sample.requestsPerSecond).toString().padStart(8)}` +
  `${sample.cpuPerRequest.toFixed(1).padStart(10)}${sample.p99.toFixed(1).padStart(10)}` +
  `${(sample.resident / mega).toFixed(0).padStart(9)}${(sample.bytesPerSecond / mega).toFixed(0).padStart(9)}`

/** The heading over lines made by `figures`. */
export const heading = `${"".padEnd(28)}${"req/s".padStart(8)}${"CPU µs".padStart(10)}${"p99 ms".padStart(10)}${"RSS MB".padStart(9)}${"MB/s".padStart(9)}`

/** The lines of a comparison: the baseline's figures, ours, and how they relate. */
export const comparisonLines = (result: Comparison, baseline: Side, ours: Side): ReadonlyArray<string> => [
  figures(baseline.name, result.baseline),
  figures(ours.name, result.ours),
  `ratio ${result.byRequests.toFixed(2)} by requests, ${result.byCpu.toFixed(2)} by CPU`
]
