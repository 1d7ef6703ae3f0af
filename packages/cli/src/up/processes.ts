import { type ChildProcess, spawn } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { Data, Effect } from "effect"

/** A process of the product ended although nobody asked it to. */
export class ProcessEnded extends Data.TaggedError("ProcessEnded")<{ readonly message: string }> {}

const resolve = createRequire(import.meta.url).resolve
/** What each process runs, and its arguments. */
const programs = {
  // With the flags that the first line of each binary names.
  api: ["--max-semi-space-size=16", join(dirname(resolve("@veza/http-koa/package.json")), "bin/veza-api.mjs")],
  worker: ["--max-semi-space-size=8", join(dirname(resolve("@veza/workers/package.json")), "bin/veza-worker.mjs")],
  "payment sandbox": [join(import.meta.dirname, "../../bin/veza.mjs"), "sandbox", "payments"],
  "sandbox stores": [join(import.meta.dirname, "../../bin/veza.mjs"), "sandbox", "stores"]
} as const

export type ProcessName = keyof typeof programs

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((done) => child.once("exit", () => done()))

/** Milliseconds after which a process that was asked to end is killed. */
const patience = 30_000

const stop = async (child: ChildProcess): Promise<void> => {
  const timer = setTimeout(() => child.kill("SIGKILL"), patience)
  child.kill("SIGTERM")
  await ended(child)
  clearTimeout(timer)
}

/**
 * Runs a process of the product until the scope closes. It is the leader of its own group, so that Ctrl-C reaches only
 * us, and holds a channel to us, so that it ends when we are killed.
 */
export const runProcess = (name: ProcessName, environment: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [...process.execArgv, ...programs[name]], {
        env: { ...process.env, ...environment },
        stdio: ["ignore", "inherit", "inherit", "ipc"],
        detached: true
      })
    ),
    (child) => Effect.promise(() => stop(child))
  )

/** Fails when the process ends. */
export const watch = (name: ProcessName, child: ChildProcess): Effect.Effect<never, ProcessEnded> =>
  Effect.flatMap(
    Effect.promise(() => ended(child)),
    () => Effect.fail(new ProcessEnded({ message: `The ${name} process ended; what it said stands above.` }))
  )
