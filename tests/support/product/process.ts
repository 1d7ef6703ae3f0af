import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { eventually } from "./eventually.ts"

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ProcessPlan {
  readonly name: string
  /** The program: a file for Node. */
  readonly file: string
  readonly args?: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  /** What it reads from standard input; nothing unless given. */
  readonly input?: string
  /** Where it runs; no `.env` file lies there. */
  readonly cwd: string
}

const patience = 60_000

/**
 * A program of the product in a process of its own. It holds a channel to this process, so that it ends when the tests
 * do, however they end.
 */
export class ProductProcess {
  readonly #plan: ProcessPlan
  #child: ChildProcess | undefined
  #ending: Promise<Ending> | undefined
  #output = ""
  #errors = ""

  constructor(plan: ProcessPlan) {
    this.#plan = plan
  }

  /** Everything it wrote, in all of its lives. */
  get log(): string {
    return this.#output + this.#errors
  }

  /** What it wrote to standard output. */
  get output(): string {
    return this.#output
  }

  /** What it wrote to standard error. */
  get errors(): string {
    return this.#errors
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`The ${this.#plan.name} process does not run.`)
    return this.#child.pid
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  start(): void {
    const { file, args = [], env, cwd, input } = this.#plan
    const child = spawn(process.execPath, ["--conditions=source", file, ...args], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? cwd, ...env },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe", "ipc"]
    })
    child.stdin?.end(input)
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#output += text))
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#errors += text))
    this.#child = child
    this.#ending = new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })))
  }

  /** How it ends; throws when it does not within `within` milliseconds. */
  async ended(within = patience): Promise<Ending> {
    if (this.#ending === undefined) throw new Error(`The ${this.#plan.name} process was never started.`)
    let ending: Ending | undefined
    void this.#ending.then((value) => (ending = value))
    return eventually(`the end of the ${this.#plan.name} process`, () => ending, within)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Orderly end, by force when it takes longer than `within` milliseconds. */
  async stop(within = 3000): Promise<Ending | undefined> {
    if (!this.running) return this.#ending
    this.signal("SIGTERM")
    return this.ended(within).catch(() => this.kill())
  }

  /** `kill -9`. */
  async kill(): Promise<Ending | undefined> {
    this.signal("SIGKILL")
    return this.#ending
  }

  /** How many descriptors it holds open, or undefined where the system does not tell. */
  get descriptors(): number | undefined {
    const folder = `/proc/${this.pid}/fd`
    return existsSync(folder) ? readdirSync(folder).length : undefined
  }
}

/** Runs a program to its end. */
export const runToEnd = async (
  plan: ProcessPlan,
  within = 90_000
): Promise<Ending & { readonly process: ProductProcess }> => {
  const child = new ProductProcess(plan)
  child.start()
  try {
    return { ...(await child.ended(within)), process: child }
  } finally {
    await child.kill()
  }
}
