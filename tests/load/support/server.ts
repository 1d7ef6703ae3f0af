import { spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, ftruncateSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { freePorts } from "../../support/services/ports.ts"
import { onServerCore } from "./cores.ts"

const startTimeoutMs = 30_000
const stopTimeoutMs = 10_000

/** A server under test on the core kept for it. */
export interface Server {
  readonly pid: number
  readonly origin: string
  /** Empties the log, so that a long run does not fill the disk. */
  readonly clearLog: () => void
  readonly stop: () => Promise<void>
}

export interface ServerCommand {
  readonly name: string
  readonly command: string
  readonly args: (port: number) => ReadonlyArray<string>
  readonly env: (port: number) => Readonly<Record<string, string>>
  /** Answers 200 as soon as the server is ready. */
  readonly readyPath: string
  /** Working directory and place of the log. */
  readonly folder: string
}

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

/** Starts a server on a free port and waits until it answers; throws with the end of its log when it does not. */
export const startServer = async (server: ServerCommand): Promise<Server> => {
  const { name, folder, readyPath } = server
  const [port = 0] = await freePorts(1)
  const logFile = join(folder, `${name}.log`)
  const log = openSync(logFile, "a", 0o600)
  const [command, args] = onServerCore(server.command, server.args(port))
  const env = { PATH: process.env["PATH"], ...server.env(port) }
  const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", log, log] })
  const exited = once(child, "exit")
  const origin = `http://127.0.0.1:${port}`
  const deadline = Date.now() + startTimeoutMs
  while (!(await answers(`${origin}${readyPath}`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill("SIGKILL")
      throw new Error(`${name} did not start: ${readFileSync(logFile, "utf8").trim().slice(-500)}`)
    }
    await sleep(50)
  }
  return {
    pid: child.pid ?? 0,
    origin,
    clearLog: () => ftruncateSync(log),
    stop: async () => {
      const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs)
      child.kill("SIGTERM")
      await exited
      clearTimeout(timer)
      closeSync(log)
    }
  }
}
