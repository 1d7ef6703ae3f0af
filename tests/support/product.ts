import { randomBytes } from "node:crypto"
import { globSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, Effect, Layer, ManagedRuntime } from "effect"
import { Database } from "@veza/adapters/postgres"
import { connect, freshDatabase } from "./database.ts"
import { eventually } from "./product/eventually.ts"
import { readMails } from "./product/mails.ts"
import { type Ending, ProductProcess, runToEnd } from "./product/process.ts"
import { programs } from "./programs.ts"
import { freePorts } from "./services/ports.ts"

export interface ProductOptions {
  /** API processes; one unless told. */
  readonly apis?: number
  /** Worker processes; one unless told. */
  readonly workers?: number
  /** An empty database to use instead of a fresh one on the runner's server; the processes migrate it. */
  readonly databaseUrl?: string
  /** Events through RabbitMQ and limits through Redis, at the runner's servers. */
  readonly brokered?: boolean
  /** Variables that go before the ones given here. */
  readonly env?: Readonly<Record<string, string>>
}

class DatabaseUrl extends Context.Service<DatabaseUrl, string>()("@veza/tests/DatabaseUrl") {}

const databaseLayer = (given: string | undefined) =>
  Layer.unwrap(
    Effect.map(given === undefined ? freshDatabase : Effect.succeed(given), (url) =>
      Layer.merge(connect(url, 2), Layer.succeed(DatabaseUrl, url))
    )
  )

/** An origin that the product under test answers. */
export const allowedOrigin = "http://localhost:3000"

/** Compiled modules are kept, which halves the time a process takes to start. */
const compileCache = join(import.meta.dirname, "../node_modules/.cache/compiled")

const generous = "1000000"

/** The least that a process of the product needs, for tests. */
export const testSettings = (home: string, databaseUrl: string): Readonly<Record<string, string>> => ({
  NODE_COMPILE_CACHE: compileCache,
  APP_ENV: "test",
  DATABASE_URL: databaseUrl,
  JWT_SECRET: randomBytes(24).toString("hex"),
  VEZA_HOME: home,
  UPLOAD_DIR: join(home, "uploads"),
  CORS_ALLOWED_ORIGINS: allowedOrigin,
  CLAMAV_ADDRESS: process.env["CLAMAV_ADDRESS"] ?? "",
  RATE_LIMIT_LIMIT: generous,
  MEDIA_RATE_LIMIT_PER_MINUTE: generous,
  USER_RATE_LIMIT_PER_MINUTE: generous,
  USER_RATE_LIMIT_BURST: generous,
  AUTH_RATE_LIMIT_REGISTER_PER_HOUR: generous,
  DMCA_NOTICE_RATE_LIMIT_PER_HOUR: generous,
  AUTH_RATE_LIMIT_LOGIN_ATTEMPTS: generous
})

const brokers = (): Readonly<Record<string, string>> => ({
  REDIS_URL: process.env["REDIS_URL"] ?? "",
  RABBITMQ_URL: process.env["RABBITMQ_URL"] ?? ""
})

export type Product = Awaited<ReturnType<typeof startProduct>>

const answers = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(15_000) }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false
  )

/** Starts the process and waits until `probe` answers; throws with what it said when it does not. */
const startUntil = async (child: ProductProcess, probe: string): Promise<void> => {
  child.start()
  const answered = () => {
    if (child.running) return answers(probe)
    throw new Error("It ended.")
  }
  await eventually(`an answer of ${probe}`, answered, 90_000).catch((cause: unknown) => {
    throw new Error(`A process of the product did not start; it said: ${child.log}`, { cause })
  })
}

/**
 * Starts the product as an operator would: API and worker processes on a database and folders of their own, configured
 * by their environment. Everything is gone after `stop()`; the processes end with the test's process at the latest.
 */
export const startProduct = async (options: ProductOptions = {}) => {
  const home = mkdtempSync(join(tmpdir(), "veza-product-"))
  const database = ManagedRuntime.make(databaseLayer(options.databaseUrl))
  const databaseUrl = await database.runPromise(DatabaseUrl)
  const env = {
    ...testSettings(home, databaseUrl),
    ...(options.brokered === true ? brokers() : {}),
    ...options.env
  }
  const { apis = 1, workers = 1 } = options
  const ports = await freePorts(apis + workers)
  const apiPorts = ports.slice(0, apis)
  const workerPorts = ports.slice(apis)
  const program = (name: "api" | "worker", port: number, more: Readonly<Record<string, string>> = {}) =>
    new ProductProcess({
      name,
      file: programs[name],
      cwd: home,
      env: { ...env, [name === "api" ? "APP_PORT" : "WORKER_PORT"]: String(port), ...more }
    })
  const apiProcesses = apiPorts.map((port) => program("api", port))
  const workerProcesses = workerPorts.map((port) => program("worker", port))
  const others: Array<ProductProcess> = []

  const at = <A>(list: ReadonlyArray<A>, n: number): A => {
    const found = list[n]
    if (found === undefined) throw new Error(`The product under test has no process number ${n} of this kind.`)
    return found
  }
  const api = (n = 0): string => `http://127.0.0.1:${at(apiPorts, n)}`
  const startApi = (n = 0) => startUntil(at(apiProcesses, n), `${api(n)}/readyz`)
  const startWorker = (n = 0) => startUntil(at(workerProcesses, n), `http://127.0.0.1:${at(workerPorts, n)}/healthz`)

  const add = async (name: "api" | "worker", more: Readonly<Record<string, string>>) => {
    const [port = 0] = await freePorts(1)
    const child = program(name, port, more)
    others.push(child)
    await startUntil(child, `http://127.0.0.1:${port}/healthz`)
    return { child, port }
  }

  const stop = async (): Promise<void> => {
    await Promise.all([...apiProcesses, ...workerProcesses, ...others].map((child) => child.stop()))
    await database.dispose()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
  const product = {
    /** Base URL of the first API process. */
    url: api(),
    /** Base URL of an API process. */
    api,
    apiProcess: (n = 0) => at(apiProcesses, n),
    workerProcess: (n = 0) => at(workerProcesses, n),
    startApi,
    startWorker,
    /** Kills the first worker and waits until the database knows: a statement on its way would still be carried out. */
    killWorker: async (): Promise<void> => {
      await at(workerProcesses, 0).kill()
      await eventually("the end of the killed worker's sessions", async () => {
        const sessions = await product.query(
          "SELECT 1 FROM pg_stat_activity WHERE application_name = 'veza-worker' AND datname = current_database()"
        )
        return sessions.length === 0
      })
    },
    home,
    env,
    mailFolder: join(home, "mail"),
    mails: () => readMails(join(home, "mail")),
    /** Runs a statement on the product's database. */
    query: (text: string, ...values: ReadonlyArray<unknown>): Promise<ReadonlyArray<unknown>> =>
      database.runPromise(Effect.flatMap(Database, ({ sql }) => sql.unsafe<object>(text, values))),
    /** Has the workers run these jobs now, all of them where none is named, whoever began one and died. */
    runJobs: async (...names: ReadonlyArray<string>): Promise<void> => {
      await product.query("DELETE FROM job_leases WHERE job = ANY ($1::text[]) OR $1 = '{}'", names)
      await product.query(
        "INSERT INTO change_epochs (topic, epoch) VALUES ('jobs', 1) ON CONFLICT (topic) DO UPDATE SET epoch = change_epochs.epoch + 1"
      )
    },
    /** Runs a statement in a transaction that stays open until the returned function is called. */
    hold: (text: string): Promise<() => Promise<void>> =>
      new Promise((begun, failed) => {
        const held = database.runPromise(
          Effect.flatMap(Database, ({ sql }) =>
            sql.withTransaction(
              Effect.andThen(
                sql.unsafe(text),
                Effect.callback<void>((end) => {
                  begun(() => {
                    end(Effect.void)
                    return held
                  })
                })
              )
            )
          )
        )
        held.catch(failed)
      }),
    /** The files in the upload folder, relative to it: what is in quarantine, what was accepted. */
    files: (): ReadonlyArray<string> =>
      globSync("{quarantine,tracks}/**/*.*", { cwd: join(home, "uploads") }).toSorted(),
    /** Starts one more API process with other variables; answers it and its base URL. */
    addApi: async (more: Readonly<Record<string, string>>) => {
      const { child, port } = await add("api", more)
      return { url: `http://127.0.0.1:${port}`, process: child }
    },
    /** Starts one more worker process with other variables. */
    addWorker: async (more: Readonly<Record<string, string>>) => (await add("worker", more)).child,
    /** Runs a `veza` command to its end. */
    veza: (...args: ReadonlyArray<string>): Promise<Ending & { readonly process: ProductProcess }> =>
      runToEnd({ name: "veza", file: programs.veza, args, cwd: home, env }),
    /** The same, with something on its standard input. */
    vezaReading: (
      input: string,
      ...args: ReadonlyArray<string>
    ): Promise<Ending & { readonly process: ProductProcess }> =>
      runToEnd({ name: "veza", file: programs.veza, args, cwd: home, env, input }),
    /** Ends what still runs and removes database and folders. */
    stop
  }
  try {
    await Promise.all([...apiPorts.map((_, n) => startApi(n)), ...workerPorts.map((_, n) => startWorker(n))])
  } catch (error) {
    await stop()
    throw error
  }
  return product
}
