import { mkdirSync } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { findBinaries } from "./binaries.ts"
import { checkVersion, createCluster, holdsCluster } from "./cluster.ts"
import { freePort, readConnection, urlOf, writeConnection } from "./connection.ts"
import { EmbeddedPostgresError, folderError } from "./errors.ts"
import { launch } from "./launch.ts"
import { lockHolder, tryLock } from "./lock.ts"
import { answersOn, postmasterOf } from "./probe.ts"
import { isAlive, waitUntil } from "./process.ts"

export interface ServerOptions {
  /** Folder of `initdb` and `postgres` (VEZA_PG_BIN); found by itself when absent. */
  readonly binDir?: string | undefined
  /** How long a start or stop may take in milliseconds; 30 000 unless told. */
  readonly timeoutMs?: number | undefined
}

export interface EmbeddedServer {
  /** Connection URL of the database `veza`, with its password. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** True when this call started the server, false when it was running already. */
  readonly started: boolean
}

const lockIn = (dir: string): string => path.join(dir, "start.lock")
const dataIn = (dir: string): string => path.join(dir, "data")

const attach = async (dir: string): Promise<EmbeddedServer | undefined> => {
  const running = postmasterOf(dataIn(dir))
  if (running?.ready !== true || !(await answersOn(running.port))) return undefined
  const { password } = readConnection(dir)
  const { pid, port } = running
  return { url: urlOf({ password, port }), port, pid, started: false }
}

// A server whose starter was killed, or one that is shutting down: starting a second one beside it would only fail.
const settled = (data: string, deadline: number): Promise<boolean> =>
  waitUntil(() => postmasterOf(data)?.ready !== false, deadline)

const start = async (dir: string, options: ServerOptions, deadline: number): Promise<EmbeddedServer> => {
  const bin = findBinaries(options.binDir)
  const data = dataIn(dir)
  if (holdsCluster(data)) await checkVersion(data, bin, deadline)
  else await createCluster(data, bin, deadline)
  const { password, port: former } = readConnection(dir)
  const port = await freePort(former)
  const pid = await launch({ dir, data, bin, port, deadline })
  if (port !== former) writeConnection(dir, { password, port })
  return { url: urlOf({ password, port }), port, pid, started: true }
}

const locked = (dir: string, action: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError(
    "locked",
    `The embedded PostgreSQL in ${dir} cannot be ${action} because process ${lockHolder(lockIn(dir)) ?? "unknown"} ` +
      "is busy with it: wait until it is done, or end it."
  )

const underLock = async <A>(
  dir: string,
  deadline: number,
  action: string,
  beforeEachTry: () => Promise<A | undefined>,
  work: () => Promise<A>
): Promise<A> => {
  for (;;) {
    const early = await beforeEachTry()
    if (early !== undefined) return early
    const release = tryLock(lockIn(dir))
    if (release !== undefined) {
      try {
        return await work()
      } finally {
        release()
      }
    }
    if (Date.now() >= deadline) throw locked(dir, action)
    await sleep(25)
  }
}

/**
 * The PostgreSQL server of the folder `dir`, started when none runs. Any number of processes may call it at once: they
 * share one server, which outlives them all until `stopServer`. Throws `EmbeddedPostgresError`.
 */
export const ensureServer = async (dir: string, options: ServerOptions = {}): Promise<EmbeddedServer> => {
  const folder = path.resolve(dir)
  const deadline = Date.now() + (options.timeoutMs ?? 30_000)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return await underLock(
      folder,
      deadline,
      "started",
      () => attach(folder),
      async () => {
        await settled(dataIn(folder), deadline)
        return (await attach(folder)) ?? (await start(folder, options, deadline))
      }
    )
  } catch (error) {
    throw folderError(folder, error)
  }
}

/**
 * Stops the server of the folder `dir` and waits until it is gone; false when none ran. Its clients are disconnected
 * and their open transactions rolled back, so ask first who else is connected. Throws `EmbeddedPostgresError`.
 */
export const stopServer = async (dir: string, options: Pick<ServerOptions, "timeoutMs"> = {}): Promise<boolean> => {
  const folder = path.resolve(dir)
  const deadline = Date.now() + (options.timeoutMs ?? 30_000)
  if (postmasterOf(dataIn(folder)) === undefined) return false
  const stop = async (): Promise<boolean> => {
    const pid = postmasterOf(dataIn(folder))?.pid
    if (pid === undefined) return false
    // SIGTERM would wait for every client to leave; SIGINT is PostgreSQL's fast shutdown.
    process.kill(pid, "SIGINT")
    if (await waitUntil(() => !isAlive(pid), deadline)) return true
    throw new EmbeddedPostgresError(
      "timeout",
      `The embedded PostgreSQL in ${folder} (process ${pid}) did not stop in time: see ${path.join(folder, "server.log")}.`
    )
  }
  try {
    return await underLock(folder, deadline, "stopped", async () => undefined, stop)
  } catch (error) {
    throw folderError(folder, error)
  }
}
