import { readFileSync } from "node:fs"

/** Linux counts processor time in hundredths of a second for every program (USER_HZ). */
const microsPerTick = 10_000

/** Processor time a process has used so far, in microseconds, all its threads together. */
export const cpuMicros = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8")
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) * microsPerTick
}

/** Memory a process holds, in bytes. */
export const residentBytes = (pid: number): number => {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
  return Number(kibibytes) * 1024
}
