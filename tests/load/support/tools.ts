import { accessSync, constants } from "node:fs"
import { installPackages } from "../../support/services/apt.ts"

/** Debian packages and the programs they bring. */
const programs = { wrk: "/usr/bin/wrk", "nginx-light": "/usr/sbin/nginx" } as const
export type Package = keyof typeof programs

const isThere = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Installs what is missing where this user may; what stays missing is reported by `programOf`. */
export const provideTools = async (): Promise<void> => {
  const missing = Object.entries(programs).flatMap(([name, file]) => (isThere(file) ? [] : [name]))
  if (missing.length === 0 || process.getuid?.() !== 0) return
  process.stderr.write(`Installing ${missing.join(", ")} with apt-get.\n`)
  await installPackages(missing)
}

/** The file to run, or undefined where the package is missing. */
export const programOf = (name: Package): string | undefined => (isThere(programs[name]) ? programs[name] : undefined)
