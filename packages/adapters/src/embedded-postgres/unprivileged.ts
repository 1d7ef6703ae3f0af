import { spawnSync } from "node:child_process"

const nobody = 65534

/** How to run a program that refuses to run as root. */
export interface Unprivileged {
  /** Words before the program's own command line; empty when none are needed. */
  readonly prefix: ReadonlyArray<string>
  /** User and group to switch to; files the program writes must belong to them. */
  readonly identity: { readonly uid?: number; readonly gid?: number }
}

let detected: Unprivileged | undefined

const detect = (): Unprivileged => {
  if (process.getuid?.() !== 0) return { prefix: [], identity: {} }
  const prefix = ["unshare", "--user", `--map-user=${nobody}`, `--map-group=${nobody}`]
  if (spawnSync("unshare", [...prefix.slice(1), "true"], { timeout: 5000 }).status === 0)
    return { prefix, identity: {} }
  return { prefix: [], identity: { uid: nobody, gid: nobody } }
}

/**
 * PostgreSQL refuses uid 0. In a user namespace it sees itself as "nobody" while root's file rights remain, so it
 * works below a folder only root may enter; where namespaces are forbidden, a real switch to "nobody" is left.
 */
export const unprivileged = (): Unprivileged => (detected ??= detect())

/** The command line of `program` with the prefix put before it. */
export const commandLine = (
  { prefix }: Unprivileged,
  program: string,
  args: ReadonlyArray<string>
): readonly [command: string, args: ReadonlyArray<string>] => {
  const [command, ...before] = prefix
  return command === undefined ? [program, args] : [command, [...before, program, ...args]]
}
