import { spawn } from "node:child_process"
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import type { ProcessDescriptor, ServiceDescriptor, ServiceName } from "./descriptor.ts"
import { isReady } from "./probes.ts"
import { isRunning, processTree, signalAll, waitForEnd, waitForReaping } from "./process-tree.ts"

const stopTimeoutMs = 15_000
const killTimeoutMs = 5000
const reapTimeoutMs = 3000

const pidOf = ({ pidFile }: ProcessDescriptor): number | undefined => {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"))
    return isRunning(pid) ? pid : undefined
  } catch {
    return undefined
  }
}

const lastLines = (file: string): string => readFileSync(file, "utf8").trim().split("\n").slice(-3).join(" | ")

const launch = async (descriptor: ProcessDescriptor): Promise<void> => {
  const { command, args, env, cwd, uid, gid, logFile, pidFile, ready, startTimeoutMs } = descriptor
  const log = openSync(logFile, "a", 0o600)
  const identity = uid === undefined || gid === undefined ? {} : { uid, gid }
  const options = { cwd, env: { ...process.env, ...env }, detached: true, ...identity }
  const child = spawn(command, args, { ...options, stdio: ["ignore", log, log] })
  closeSync(log)
  let end: string | undefined
  child.once("error", (error) => (end = error.message))
  child.once("exit", (code, signal) => (end ??= `it ended with ${code ?? signal}`))
  child.unref()
  if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid))
  const deadline = Date.now() + startTimeoutMs
  while (!(await isReady(ready, cwd))) {
    if (end === undefined && Date.now() > deadline) end = `it was not ready in ${startTimeoutMs} ms`
    if (end !== undefined) throw new Error(`${command} did not start: ${end}: ${lastLines(logFile)}`)
    await sleep(20)
  }
}

const end = async (descriptor: ProcessDescriptor, signal: NodeJS.Signals): Promise<void> => {
  const pid = pidOf(descriptor)
  if (pid === undefined) return
  const tree = processTree(pid)
  if (signal === "SIGKILL") signalAll(tree, signal)
  else {
    signalAll([pid], signal)
    signalAll(tree, "SIGCONT")
    if (!(await waitForEnd(tree, stopTimeoutMs))) signalAll(tree, "SIGKILL")
  }
  if (!(await waitForEnd(tree, killTimeoutMs)))
    throw new Error(`Process ${pid} (${descriptor.command}) cannot be ended.`)
  // PostgreSQL does not start beside a zombie of itself. Its parent may be slow to reap it, so this is only tried.
  await waitForReaping(pid, reapTimeoutMs)
  rmSync(descriptor.pidFile, { force: true })
}

/**
 * A test server, controlled through its descriptor and process-number files alone: the process that started it and
 * any test worker have the same control over it.
 */
export class Service {
  readonly name: ServiceName
  readonly port: number
  /** URL of the server, or `host:port` for clamd. */
  readonly address: string
  readonly descriptor: ServiceDescriptor

  constructor(descriptor: ServiceDescriptor) {
    this.name = descriptor.name
    this.port = descriptor.port
    this.address = descriptor.address
    this.descriptor = descriptor
  }

  /** Process number of the server, or undefined when it does not run. */
  get pid(): number | undefined {
    const main = this.descriptor.processes.at(-1)
    return main === undefined ? undefined : pidOf(main)
  }

  /** Starts what does not run and waits until the server answers; data of the last run is kept. */
  async start(): Promise<void> {
    for (const descriptor of this.descriptor.processes) {
      if (pidOf(descriptor) === undefined) await launch(descriptor)
    }
  }

  /** Freezes every process of the server: connections stay open and nothing answers. */
  pause(): void {
    signalAll(this.#tree(), "SIGSTOP")
  }

  resume(): void {
    signalAll(this.#tree(), "SIGCONT")
  }

  /** Orderly shutdown (by force after 15 s); returns when no process is left. */
  async stop(): Promise<void> {
    for (const descriptor of this.descriptor.processes.toReversed()) await end(descriptor, descriptor.stopSignal)
  }

  /** Kills every process of the server without warning. */
  async crash(): Promise<void> {
    for (const descriptor of this.descriptor.processes.toReversed()) await end(descriptor, "SIGKILL")
  }

  async restart(how: "stop" | "crash" = "stop"): Promise<void> {
    await this[how]()
    await this.start()
  }

  #tree(): ReadonlyArray<number> {
    return this.descriptor.processes.flatMap((descriptor) => {
      const pid = pidOf(descriptor)
      return pid === undefined ? [] : processTree(pid)
    })
  }
}
