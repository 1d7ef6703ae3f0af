import { PgClient } from "@effect/sql-pg"
import { EmbeddedPostgresError, ensureServer, stopServer } from "@veza/adapters/embedded-postgres"
import { Effect, Redacted } from "effect"
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import os from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { afterAll, describe, expect, it } from "vitest"

const base = mkdtempSync(path.join(os.tmpdir(), "veza-embedded-"))
const shared = path.join(base, "shared")
const interrupted = path.join(base, "interrupted")

const program = (dir: string): ReadonlyArray<string> => [
  "--conditions=source",
  "--input-type=module",
  "--eval",
  `import { ensureServer } from "@veza/adapters/embedded-postgres"
   console.log(JSON.stringify(await ensureServer(${JSON.stringify(dir)})))`
]

const ensureElsewhere = async (dir: string): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, program(dir), { cwd: import.meta.dirname })
  return JSON.parse(stdout)
}

const query = (url: string, statement: string): Promise<ReadonlyArray<unknown>> =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    return yield* sql.unsafe(statement)
  }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url) })), Effect.runPromise)

const refusal = async (attempt: Promise<unknown>): Promise<EmbeddedPostgresError> => {
  const outcome: unknown = await attempt.then(
    () => undefined,
    (error: unknown) => error
  )
  if (outcome instanceof EmbeddedPostgresError) return outcome
  throw new Error("expected an EmbeddedPostgresError", { cause: outcome })
}

afterAll(async () => {
  for (const dir of [shared, interrupted]) await stopServer(dir)
  rmSync(base, { recursive: true, force: true, maxRetries: 5 })
})

describe("embedded PostgreSQL", () => {
  it("gives processes that start together one server", async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => ensureElsewhere(shared)))
    const { url, port, pid } = await ensureServer(shared)
    expect(outcomes).toContainEqual({ url, port, pid, started: true })
    expect(outcomes.filter((outcome) => JSON.stringify(outcome).includes('"started":false'))).toHaveLength(2)
    expect(outcomes).toContainEqual({ url, port, pid, started: false })
    expect(await query(url, "SELECT current_user, current_database(), current_setting('fsync') AS fsync")).toEqual([
      { current_user: "veza", current_database: "veza", fsync: "on" }
    ])
    expect(statSync(path.join(shared, "connection.json")).mode & 0o777).toBe(0o600)
  }, 30_000)

  it("attaches to the running one", async () => {
    expect((await ensureServer(shared)).started).toBe(false)
  })

  it("starts again with its data after the server was killed", async () => {
    const first = await ensureServer(shared)
    await query(first.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    process.kill(first.pid, "SIGKILL")
    await sleep(20)
    const second = await ensureServer(shared)
    expect(second).toMatchObject({ started: true, url: first.url })
    expect(second.pid).not.toBe(first.pid)
    expect(await query(second.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }])
  }, 30_000)

  it("recovers from an initialisation killed in the middle", async () => {
    const starter = spawn(process.execPath, program(interrupted), { cwd: import.meta.dirname, stdio: "ignore" })
    const ended = once(starter, "exit")
    const begun = (): boolean =>
      existsSync(interrupted) &&
      readdirSync(interrupted).some((name) => existsSync(path.join(interrupted, name, "global")))
    for (let turn = 0; turn < 6000 && !begun(); turn++) await sleep(10)
    starter.kill("SIGKILL")
    await ended
    expect(existsSync(path.join(interrupted, "data"))).toBe(false)

    const recovering = ensureServer(interrupted)
    const impatient = await refusal(ensureServer(interrupted, { timeoutMs: 1 }))
    expect(impatient.reason).toBe("locked")
    expect(impatient.message).toMatch(/process \d+ is busy with it: wait until it is done/)

    const { url, started } = await recovering
    expect(started).toBe(true)
    expect(await query(url, "SELECT 1 AS one")).toEqual([{ one: 1 }])
    expect(readdirSync(interrupted).toSorted()).toEqual(["connection.json", "data", "server.log"])
  }, 30_000)

  it("stops once, and says when there is nothing to stop", async () => {
    await ensureServer(interrupted)
    expect(await stopServer(interrupted)).toBe(true)
    expect(await stopServer(interrupted)).toBe(false)
  }, 30_000)
})

describe("embedded PostgreSQL that cannot run says why", () => {
  it("when the server ends at once", async () => {
    truncateSync(path.join(interrupted, "data", "global", "pg_control"), 0)
    const error = await refusal(ensureServer(interrupted))
    expect(error.reason).toBe("start-failed")
    expect(error.message).toMatch(/ended at once \((PANIC|FATAL): .*pg_control.*\): see .*server\.log\.$/)
  })

  it("when the data folder is broken", async () => {
    const data = path.join(base, "broken", "data")
    mkdirSync(data, { recursive: true })
    writeFileSync(path.join(data, "postgresql.conf"), "")
    const missing = await refusal(ensureServer(path.dirname(data)))
    expect(missing.reason).toBe("data-folder-broken")
    expect(missing.message).toBe(
      `The PostgreSQL data folder ${data} is broken, because its file PG_VERSION is missing: ` +
        "restore it from a backup, or move it away to start afresh."
    )
    writeFileSync(path.join(data, "PG_VERSION"), "9\n")
    expect((await refusal(ensureServer(path.dirname(data)))).message).toMatch(/was made by PostgreSQL 9, but the binar/)
  })

  it("when the folder cannot be written", async () => {
    const file = path.join(base, "file")
    writeFileSync(file, "")
    for (const dir of [file, path.join(file, "below")]) {
      const error = await refusal(ensureServer(dir))
      expect(error.reason).toBe("folder-not-writable")
      expect(error.message).toMatch(/^PostgreSQL cannot keep its data in .* is a file: choose another folder/)
    }
  })

  it("when there are no binaries", async () => {
    const error = await refusal(ensureServer(path.join(base, "none"), { binDir: base }))
    expect(error.reason).toBe("no-binaries")
    expect(error.message).toContain(`VEZA_PG_BIN is ${base}`)
  })
})

describe("its folder", () => {
  it("may be reached by a symbolic link", async () => {
    const link = path.join(base, "link")
    symlinkSync(shared, link)
    const direct = await ensureServer(shared)
    expect(await ensureServer(link)).toEqual({ ...direct, started: false })
  })
})
