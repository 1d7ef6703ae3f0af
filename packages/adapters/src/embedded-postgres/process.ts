import { readFileSync, readlinkSync, realpathSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"

interface ProcessStat {
  readonly state: string
  /** Start time in clock ticks since boot: tells a process from a later one with the same number. */
  readonly startedAt: string
}

const readStat = (pid: number): ProcessStat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    return { state: fields[0] ?? "", startedAt: fields[19] ?? "" }
  } catch {
    return undefined
  }
}

/** Whether a process with this number runs; a zombie does not. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
  return readStat(pid)?.state !== "Z"
}

/** A text that stays unique when process numbers are used again; only the number where there is no /proc. */
export const identityOf = (pid: number): string => `${pid} ${readStat(pid)?.startedAt ?? ""}`.trim()

/** Whether the process works in `folder`; true when the system does not tell. Guards signals against reused numbers. */
export const worksIn = (pid: number, folder: string): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return true
  }
}

/** Checks `condition` every `stepMs` until it holds (true) or `deadline` (epoch milliseconds) has passed (false). */
export const waitUntil = async (
  condition: () => boolean | Promise<boolean>,
  deadline: number,
  stepMs = 20
): Promise<boolean> => {
  while (Date.now() < deadline) {
    if (await condition()) return true
    await sleep(stepMs)
  }
  return await condition()
}
