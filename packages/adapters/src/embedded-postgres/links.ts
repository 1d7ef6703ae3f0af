import { existsSync, readFileSync, symlinkSync } from "node:fs"
import path from "node:path"
import { EmbeddedPostgresError, systemCode } from "./errors.ts"

interface Link {
  readonly source: string
  readonly target: string
}

const isLink = (value: unknown): value is Link =>
  typeof value === "object" &&
  value !== null &&
  "source" in value &&
  typeof value.source === "string" &&
  "target" in value &&
  typeof value.target === "string"

const listed = (packageRoot: string): ReadonlyArray<Link> => {
  const file = path.join(packageRoot, "native", "pg-symlinks.json")
  if (!existsSync(file)) return []
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"))
  return Array.isArray(parsed) ? parsed.filter(isLink) : []
}

/**
 * npm tarballs carry no symbolic links: the package makes them in its install script, which does not run when build
 * scripts are off. Makes the missing ones; a second process doing the same at the same time is harmless.
 */
export const repairLinks = (packageRoot: string): void => {
  for (const { source, target } of listed(packageRoot)) {
    const link = path.join(packageRoot, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(path.relative(path.dirname(target), source), link)
    } catch (error) {
      if (systemCode(error) === "EEXIST") continue
      throw new EmbeddedPostgresError(
        "no-binaries",
        `The PostgreSQL binaries in ${packageRoot} lack library links that cannot be made there: ` +
          "start once as a user who may write to that folder, or set VEZA_PG_BIN.",
        error
      )
    }
  }
}
