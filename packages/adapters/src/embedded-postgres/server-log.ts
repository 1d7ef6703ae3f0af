import { closeSync, openSync, readFileSync, statSync } from "node:fs"
import path from "node:path"

const maximumBytes = 10 * 1024 * 1024

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

/** The log of one start of the server: `descriptor` goes to the process, `lines` reads what it wrote since. */
export interface StartLog {
  readonly file: string
  readonly descriptor: number
  readonly lines: () => ReadonlyArray<string>
  readonly close: () => void
}

/** Opens the server's log for one more start; begins anew beyond 10 MiB, so that it cannot fill the disk. */
export const openLog = (dir: string): StartLog => {
  const file = path.join(dir, "server.log")
  const descriptor = openSync(file, sizeOf(file) > maximumBytes ? "w" : "a", 0o600)
  const from = sizeOf(file)
  return {
    file,
    descriptor,
    lines: () => readFileSync(file).subarray(from).toString("utf8").split("\n"),
    close: () => closeSync(descriptor)
  }
}

/** The line that tells a person most: the last FATAL or PANIC, else the last error, else the last line. */
export const tellingLine = (lines: ReadonlyArray<string>): string => {
  const filled = lines.map((line) => line.trim()).filter((line) => line !== "")
  const line =
    filled.findLast((text) => /\b(FATAL|PANIC):/.test(text)) ??
    filled.findLast((text) => /error|could not|cannot/i.test(text)) ??
    filled.at(-1)
  return (line ?? "no message").replace(/^.*?\[\d+\] (?=[A-Z]+:)/, "").replace(/\s+/g, " ")
}
