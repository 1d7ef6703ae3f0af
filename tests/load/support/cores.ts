import { execFileSync } from "node:child_process"
import { availableParallelism } from "node:os"

/** The server under test has this core to itself; everything else runs on the other one. */
const serverCore = "0"
const generatorCore = "1"

/**
 * Moves this process, and with it everything it starts from now on (generators, PostgreSQL, clamd), off the core of the
 * server under test. Throws on a machine with a single core, where nothing could be compared.
 */
export const leaveServerCore = (): void => {
  if (availableParallelism() < 2) throw new Error("Load can be measured on two cores or more: this process has one.")
  execFileSync("taskset", ["-acp", generatorCore, String(process.pid)], { stdio: "ignore" })
}

/** The command line that runs a program on the core of the server under test. */
export const onServerCore = (
  command: string,
  args: ReadonlyArray<string>
): readonly [string, ReadonlyArray<string>] => ["taskset", ["-c", serverCore, command, ...args]]
