import { spawn } from "node:child_process"
import { readFileSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { makeTemplate } from "./database.ts"
import { bundlePrograms } from "./programs.ts"
import { prepareToolchain, startServices } from "./services/index.ts"

/** The suite's own account of itself: of this run while it lasts, and of the latest run for whoever asks afterwards. */
const latestReport = join(import.meta.dirname, "../../.test-report.json")
const reportFile = join(import.meta.dirname, `../../.test-report.${process.pid}.json`)

const Report = Schema.fromJsonString(
  Schema.Struct({
    numPassedTests: Schema.Int,
    numFailedTests: Schema.Int,
    numPendingTests: Schema.Int,
    numTodoTests: Schema.Int,
    numFailedTestSuites: Schema.Int,
    success: Schema.Boolean
  })
)

interface Servers {
  readonly environment: Readonly<Record<string, string>>
  readonly stop: () => Promise<void>
}

/** Servers somebody else runs: TEST_SERVICES=external with the four addresses. */
const givenServers = (): Servers => {
  const need = (name: string): string => {
    const value = process.env[name]
    if (value === undefined) throw new Error(`TEST_SERVICES=external needs ${name}.`)
    return value
  }
  return {
    environment: {
      TEST_DATABASE_URL: need("DATABASE_URL"),
      REDIS_URL: need("REDIS_URL"),
      RABBITMQ_URL: need("RABBITMQ_URL"),
      CLAMAV_ADDRESS: need("CLAMAV_ADDRESS")
    },
    stop: async () => {}
  }
}

/** Private instances on free ports in a temporary folder. */
const privateServers = async (path: string): Promise<Servers> => {
  const services = await startServices(["postgres", "redis", "rabbitmq", "clamd"])
  const { DATABASE_URL, ...others } = services.env
  return {
    environment: {
      ...others,
      TEST_DATABASE_URL: DATABASE_URL ?? "",
      VEZA_TEST_SERVICES: services.descriptorFile,
      PATH: path
    },
    stop: () => services.stop()
  }
}

const vitest = (environment: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        ...process.execArgv,
        join(import.meta.dirname, "../node_modules/vitest/vitest.mjs"),
        "run",
        "--root",
        join(import.meta.dirname, ".."),
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${reportFile}`,
        ...process.argv.slice(2)
      ],
      { stdio: "inherit", env: { ...process.env, ...environment } }
    )
    process.once("SIGINT", () => child.kill("SIGINT"))
    process.once("SIGTERM", () => child.kill("SIGTERM"))
    child.once("exit", (code) => resolve(code ?? 1))
  })

/** The summary of the report; a report that is missing or says less than the exit code is a failure. */
const summarise = (exitCode: number): { readonly line: string; readonly code: number } => {
  const report = Schema.decodeUnknownSync(Report)(readFileSync(reportFile, "utf8"))
  const skipped = report.numPendingTests + report.numTodoTests
  const broken = report.numFailedTests === 0 && report.numFailedTestSuites > 0 ? report.numFailedTestSuites : 0
  const counted = report.numFailedTests + broken
  // An error outside every test fails the run, so it counts as a failure.
  const failed = counted === 0 && exitCode !== 0 ? 1 : counted
  const line = `${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`
  return { line, code: exitCode !== 0 || failed > 0 || skipped > 0 || report.numPassedTests === 0 ? exitCode || 1 : 0 }
}

rmSync(latestReport, { force: true })
const toolchain = await prepareToolchain()
const external = process.env["TEST_SERVICES"] === "external"
const [servers, programs] = await Promise.all([
  external ? givenServers() : privateServers(toolchain.env.PATH ?? process.env["PATH"] ?? ""),
  bundlePrograms()
])
let exitCode = 1
try {
  await Effect.runPromise(makeTemplate(servers.environment["TEST_DATABASE_URL"] ?? ""))
  exitCode = await vitest({ ...servers.environment, VEZA_TEST_PROGRAMS: programs })
} finally {
  await servers.stop()
}
const { line, code } = summarise(exitCode)
renameSync(reportFile, latestReport)
process.stdout.write(`${line}\n`)
process.exit(code)
