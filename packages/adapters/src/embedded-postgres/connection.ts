import { readFileSync, renameSync, writeFileSync } from "node:fs"
import net from "node:net"
import path from "node:path"
import { EmbeddedPostgresError, systemCode } from "./errors.ts"

/** What only this folder's owner may know: the password, and the port to take again so that URLs stay valid. */
export interface Connection {
  readonly password: string
  readonly port: number
}

const isConnection = (value: unknown): value is Connection =>
  typeof value === "object" &&
  value !== null &&
  "password" in value &&
  typeof value.password === "string" &&
  "port" in value &&
  typeof value.port === "number"

const fileIn = (dir: string): string => path.join(dir, "connection.json")

/** Reads the connection file of an existing cluster. Throws `data-folder-broken` when it is missing or damaged. */
export const readConnection = (dir: string): Connection => {
  try {
    const parsed: unknown = JSON.parse(readFileSync(fileIn(dir), "utf8"))
    if (isConnection(parsed)) return parsed
  } catch (error) {
    if (systemCode(error) !== "ENOENT" && !(error instanceof SyntaxError)) throw error
  }
  throw new EmbeddedPostgresError(
    "data-folder-broken",
    `The password file ${fileIn(dir)} is missing or damaged: restore it from a backup, or delete ${dir} to start afresh.`
  )
}

/** Writes the connection file whole or not at all, readable by its owner only. */
export const writeConnection = (dir: string, connection: Connection): void => {
  const draft = `${fileIn(dir)}.new`
  writeFileSync(draft, JSON.stringify(connection), { mode: 0o600, flush: true })
  renameSync(draft, fileIn(dir))
}

/** The URL of the database `veza` as its owner. */
export const urlOf = ({ password, port }: Connection): string => `postgres://veza:${password}@127.0.0.1:${port}/veza`

const listen = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = net.createServer()
    server.once("error", () => resolve(undefined))
    server.listen(port, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined))
    })
  })

/** `preferred` when nothing listens there (0: no preference), else any free port of the loopback address. */
export const freePort = async (preferred: number): Promise<number> => {
  const port = (await listen(preferred)) ?? (await listen(0))
  if (port !== undefined) return port
  throw new EmbeddedPostgresError(
    "start-failed",
    "PostgreSQL cannot start because no port of 127.0.0.1 is free: end programs that hold many connections."
  )
}
