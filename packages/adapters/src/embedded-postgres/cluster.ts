import { spawn } from "node:child_process"
import { randomBytes, randomUUID } from "node:crypto"
import { chownSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { writeConnection } from "./connection.ts"
import { EmbeddedPostgresError } from "./errors.ts"
import { tellingLine } from "./server-log.ts"
import { commandLine, unprivileged } from "./unprivileged.ts"

const draftPrefix = "data.new-"

interface Tool {
  readonly bin: string
  readonly name: "initdb" | "postgres"
  readonly dir: string
  readonly deadline: number
}

const run = ({ bin, name, dir, deadline }: Tool, args: ReadonlyArray<string>, input = ""): Promise<string> =>
  new Promise((resolve, reject) => {
    const runner = unprivileged()
    const [command, words] = commandLine(runner, path.join(bin, name), args)
    const timeout = Math.max(1, deadline - Date.now())
    const child = spawn(command, words, { ...runner.identity, cwd: dir, timeout, killSignal: "SIGKILL" })
    let output = ""
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString("utf8")).slice(-65_536)
    }
    child.stdout.on("data", collect)
    child.stderr.on("data", collect)
    child.stdin.on("error", () => undefined)
    child.stdin.end(input)
    const fail = (reason: string, cause?: unknown): void =>
      reject(
        new EmbeddedPostgresError(
          "start-failed",
          `The PostgreSQL data folder could not be made in ${dir} because ${name} failed: ${reason}`,
          cause
        )
      )
    child.once("error", (error) => fail(error.message, error))
    child.once("close", (code) => {
      if (code === 0) resolve(output)
      else if (Date.now() >= deadline) {
        reject(
          new EmbeddedPostgresError(
            "timeout",
            `The PostgreSQL data folder was not made in ${dir} in time: try again when the machine is less busy.`
          )
        )
      } else fail(tellingLine(output.split("\n")))
    })
  })

const broken = (data: string, problem: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError(
    "data-folder-broken",
    `The PostgreSQL data folder ${data} ${problem}: restore it from a backup, or move it away to start afresh.`
  )

/** Whether `data` holds a cluster. Throws `data-folder-broken` when it holds something else. */
export const holdsCluster = (data: string): boolean => {
  if (!existsSync(data)) return false
  if (existsSync(path.join(data, "PG_VERSION"))) return true
  if (readdirSync(data).length === 0) return false
  throw broken(data, "is broken, because its file PG_VERSION is missing")
}

/** Throws `data-folder-broken` when the cluster was made by another major version than the binaries'. */
export const checkVersion = async (data: string, bin: string, deadline: number): Promise<void> => {
  const made = readFileSync(path.join(data, "PG_VERSION"), "utf8").trim()
  const answer = await run({ bin, name: "postgres", dir: data, deadline }, ["--version"])
  const ours = /(\d+)/.exec(answer)?.[1] ?? ""
  if (made !== ours)
    throw broken(data, `was made by PostgreSQL ${made}, but the binaries in ${bin} are version ${ours}`)
}

/** Removes a draft; one that an orphaned initdb still writes to can stay until the next time. */
const discard = (draft: string): void => {
  try {
    rmSync(draft, { recursive: true, force: true })
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOTEMPTY")) throw error
  }
}

/**
 * Makes a cluster with the superuser and database `veza`. It grows in a folder beside `data` and is renamed when
 * whole, so one that was interrupted is never taken for a cluster.
 */
export const createCluster = async (data: string, bin: string, deadline: number): Promise<void> => {
  const dir = path.dirname(data)
  for (const name of readdirSync(dir)) {
    if (name.startsWith(draftPrefix)) discard(path.join(dir, name))
  }
  // The name is new each time: an initdb whose parent was killed may still be writing to the former one.
  const draft = path.join(dir, `${draftPrefix}${randomUUID()}`)
  const passwordFile = `${draft}.password`
  const password = randomBytes(18).toString("base64url")
  const { uid, gid } = unprivileged().identity
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (uid !== undefined && gid !== undefined) for (const name of [dir, passwordFile]) chownSync(name, uid, gid)
  try {
    const options = ["--username=veza", "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--locale=C.UTF-8"]
    await run({ bin, name: "initdb", dir, deadline }, [`--pgdata=${draft}`, "--encoding=UTF8", ...options])
    await run({ bin, name: "postgres", dir, deadline }, ["--single", "-D", draft, "postgres"], "CREATE DATABASE veza\n")
    writeConnection(dir, { password, port: 0 })
    renameSync(draft, data)
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(draft, { recursive: true, force: true })
  }
}
