import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { randomUUID } from "node:crypto"
import { systemCode } from "./errors.ts"
import { identityOf, isAlive } from "./process.ts"

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined
    throw error
  }
}

/** The process number of a lock's holder, or undefined when nobody (alive) holds it. */
export const lockHolder = (file: string): number | undefined => {
  const content = read(file)
  if (content === undefined) return undefined
  const pid = Number.parseInt(content, 10)
  return pid > 0 && isAlive(pid) && identityOf(pid) === content ? pid : undefined
}

// Two processes may judge the same lock stale. What was moved away is compared with what was judged, and put back when
// it was a newer lock. Should even that be overtaken, postmaster.pid and rename() onto a full folder still refuse.
const removeStale = (file: string): void => {
  const judged = read(file)
  if (judged === undefined || lockHolder(file) !== undefined) return
  const aside = `${file}.${randomUUID()}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if (systemCode(error) === "ENOENT") return
    throw error
  }
  try {
    if (read(aside) !== judged) linkSync(aside, file)
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

/**
 * Takes the lock `file` for this process and returns the function that gives it back, or undefined when another live
 * process holds it. A lock left by a process that is gone is taken over. Never waits.
 */
export const tryLock = (file: string): (() => void) | undefined => {
  removeStale(file)
  const draft = `${file}.${randomUUID()}`
  writeFileSync(draft, identityOf(process.pid), { mode: 0o600 })
  try {
    // link() makes the lock appear with its content: nobody can read it half-written.
    linkSync(draft, file)
  } catch (error) {
    if (systemCode(error) === "EEXIST") return undefined
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return () => rmSync(file, { force: true })
}
