import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"

const allProcesses = (): ReadonlyArray<number> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

const statOf = (pid: number): ReadonlyArray<string> => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    return text.slice(text.lastIndexOf(")") + 2).split(" ")
  } catch {
    return []
  }
}

/** Whether the process runs (a paused one does, a zombie does not). */
export const isRunning = (pid: number): boolean => {
  const state = statOf(pid)[0]
  return state !== undefined && state !== "Z" && state !== "X"
}

/** The process and all its descendants, parents first. PostgreSQL's children leave its process group. */
export const processTree = (root: number): ReadonlyArray<number> => {
  const children = new Map<number, Array<number>>()
  for (const pid of allProcesses()) {
    const parent = Number(statOf(pid)[1])
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** All processes whose working directory is `folder` or below it. */
export const processesIn = (folder: string): ReadonlyArray<number> =>
  allProcesses().filter((pid) => {
    try {
      const directory = readlinkSync(`/proc/${pid}/cwd`)
      return directory === folder || directory.startsWith(`${folder}/`)
    } catch {
      return false
    }
  })

/** Sends the signal to those of the processes that still run. */
export const signalAll = (pids: ReadonlyArray<number>, signal: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error
    }
  }
}

/** Waits until the system has forgotten the process, zombie included; false when it has not after `timeoutMs`. */
export const waitForReaping = async (pid: number, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs
  while (statOf(pid).length > 0) {
    if (Date.now() > deadline) return false
    await sleep(10)
  }
  return true
}

/** Waits until none of the processes runs; false when one still does after `timeoutMs`. */
export const waitForEnd = async (pids: ReadonlyArray<number>, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs
  while (pids.some(isRunning)) {
    if (Date.now() > deadline) return false
    await sleep(10)
  }
  return true
}
