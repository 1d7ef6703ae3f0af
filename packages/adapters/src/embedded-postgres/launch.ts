import { spawn } from "node:child_process"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { EmbeddedPostgresError } from "./errors.ts"
import { answersOn, postmasterOf } from "./probe.ts"
import { openLog, tellingLine, type StartLog } from "./server-log.ts"
import { commandLine, unprivileged } from "./unprivileged.ts"

export interface Launch {
  readonly dir: string
  readonly data: string
  readonly bin: string
  readonly port: number
  /** Epoch milliseconds. */
  readonly deadline: number
}

const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  shared_buffers: "64MB",
  log_timezone: "UTC"
}

// A killed server may stay a zombie, and its orphaned backends may live on, for about a second.
const passes = /lock file "postmaster.pid" already exists|pre-existing shared memory block/
const maximumTries = 8
const pauseMs = 400

interface Ended {
  readonly lines: ReadonlyArray<string>
}

const attempt = async ({ dir, data, bin, port, deadline }: Launch, log: StartLog): Promise<number | Ended> => {
  const runner = unprivileged()
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const args = ["-D", data, "-p", String(port), ...flags]
  const [command, words] = commandLine(runner, path.join(bin, "postgres"), args)
  const stdio = ["ignore" as const, log.descriptor, log.descriptor]
  const child = spawn(command, words, { ...runner.identity, cwd: dir, detached: true, stdio })
  child.unref()
  // The server outlives this call: when it ends long after, nobody listens and its log may be gone.
  const ended = new Promise<() => Ended>((resolve) => {
    child.once("exit", () => resolve(() => ({ lines: log.lines() })))
    child.once("error", (error) => resolve(() => ({ lines: [error.message] })))
  })
  for (;;) {
    const end = await Promise.race([ended, sleep(20, undefined)])
    if (end !== undefined) return end()
    const running = postmasterOf(data)
    if (running?.ready === true && running.port === port && (await answersOn(port))) return running.pid
    if (Date.now() >= deadline) {
      child.kill("SIGQUIT")
      throw new EmbeddedPostgresError(
        "timeout",
        `The embedded PostgreSQL in ${dir} was not ready in time: try again, and if it happens twice, see ${log.file}.`
      )
    }
  }
}

/** Starts the server as a process of its own that outlives the caller, and returns its process number when ready. */
export const launch = async (request: Launch): Promise<number> => {
  const log = openLog(request.dir)
  try {
    for (let tries = 1; ; tries++) {
      const outcome = await attempt(request, log)
      if (typeof outcome === "number") return outcome
      const { lines } = outcome
      if (tries === maximumTries || !passes.test(lines.slice(-6).join("\n"))) {
        throw new EmbeddedPostgresError(
          "start-failed",
          `The embedded PostgreSQL in ${request.dir} ended at once (${tellingLine(lines)}): see ${log.file}.`
        )
      }
      await sleep(pauseMs)
    }
  } finally {
    log.close()
  }
}
