import { parseArgs } from "node:util"

export interface Options {
  /** Rows to run, by name; all of them when empty. */
  readonly rows: ReadonlyArray<string>
  readonly json: boolean
  readonly rounds: number
  /** Seconds of one measurement. */
  readonly seconds: number
  /** Most seconds of load before a row's first measurement, so that the servers' code is compiled. */
  readonly warmUp: number
  /** Passed to the API processes' Node, for example `--cpu-prof`. */
  readonly nodeArgs: ReadonlyArray<string>
}

export const usage = `pnpm load [--quick] [--json] [--rounds n] [--seconds n] [--node-arg flag]… [row]…
Compares the API with bare servers on this machine; without rows it runs them all.`

/** Reads the command line; throws one sentence when it makes no sense. */
export const readOptions = (args: ReadonlyArray<string>): Options & { readonly help: boolean } => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
      "node-arg": { type: "string", multiple: true, default: [] }
    }
  })
  const whole = (name: "rounds" | "seconds", fallback: number): number => {
    const value = Number(values[name] ?? fallback)
    if (Number.isInteger(value) && value > 0 && value <= 60) return value
    throw new Error(`--${name} takes a whole number from 1 to 60.`)
  }
  return {
    rows: positionals,
    json: values.json,
    help: values.help,
    rounds: whole("rounds", values.quick ? 2 : 3),
    seconds: whole("seconds", values.quick ? 2 : 4),
    warmUp: values.quick ? 3 : 12,
    nodeArgs: values["node-arg"]
  }
}
