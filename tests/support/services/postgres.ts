import { commandLine, findBinaries, unprivileged } from "@veza/adapters/embedded-postgres"
import { execFile } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chownSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { promisify } from "node:util"
import type { ServiceDescriptor } from "./descriptor.ts"
import { freePorts } from "./ports.ts"

// Test data need not survive a power cut; a crash of the server alone still loses nothing.
const settings = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=300",
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off"
]

const initialise = async (bin: string, dir: string, password: string): Promise<void> => {
  const runner = unprivileged()
  const { uid, gid } = runner.identity
  const passwordFile = path.join(dir, "password")
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (uid !== undefined && gid !== undefined) for (const name of [dir, passwordFile]) chownSync(name, uid, gid)
  const [command, args] = commandLine(runner, path.join(bin, "initdb"), [
    `--pgdata=${path.join(dir, "data")}`,
    "--username=veza",
    "--auth=scram-sha-256",
    `--pwfile=${passwordFile}`,
    "--locale=C.UTF-8",
    "--encoding=UTF8",
    "--no-sync"
  ])
  await promisify(execFile)(command, [...args], { ...runner.identity, cwd: dir, timeout: 60_000 })
  rmSync(passwordFile)
}

/** A PostgreSQL server in the empty folder `dir`: superuser `veza`, database `postgres`, 300 connections. */
export const preparePostgres = async (dir: string): Promise<ServiceDescriptor> => {
  const bin = findBinaries(process.env["VEZA_PG_BIN"])
  const [port = 0] = await freePorts(1)
  const password = randomBytes(12).toString("hex")
  await initialise(bin, dir, password)
  const flags = settings.flatMap((setting) => ["-c", setting])
  const runner = unprivileged()
  const [command, args] = commandLine(runner, path.join(bin, "postgres"), [
    "-D",
    path.join(dir, "data"),
    "-p",
    String(port),
    ...flags
  ])
  const server = {
    command,
    args,
    env: {},
    cwd: dir,
    ...runner.identity,
    logFile: path.join(dir, "server.log"),
    pidFile: path.join(dir, "server.pid"),
    ready: { protocol: "postgres" as const, port },
    startTimeoutMs: 60_000,
    // Fast shutdown; SIGTERM would wait for every pooled client to leave.
    stopSignal: "SIGINT" as const
  }
  const address = `postgres://veza:${password}@127.0.0.1:${port}/postgres`
  return { name: "postgres", port, address, processes: [server] }
}
