import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { openApiDocument } from "@veza/http-koa/contract"

export const root = join(import.meta.dirname, "../..")
const bin = (name: string) => join(root, "node_modules/.bin", name)
const run = promisify(execFile)

/** One thing the house is checked for; rejects with what was found. */
export interface Check {
  readonly name: string
  readonly run: () => Promise<void>
}

const tool = (name: string, command: string, ...args: ReadonlyArray<string>): Check => ({
  name,
  run: async () => {
    try {
      await run(bin(command), [...args], { cwd: root, maxBuffer: 64 * 1024 * 1024 })
    } catch (error) {
      const output =
        error instanceof Error && "stdout" in error && "stderr" in error
          ? `${String(error.stdout)}${String(error.stderr)}`
          : ""
      throw new Error(`${name}\n${output}`, { cause: error })
    }
  }
})

/** What Effect's own checker finds in all packages at once: floating effects, missing services. */
const effectDiagnostics = tool(
  "Effect diagnostics",
  "effect-tsgo",
  "diagnostics",
  "--project",
  "tsconfig.diagnostics.json",
  "--format",
  "text"
)

const boundaries = (...paths: ReadonlyArray<string>) =>
  tool("import boundaries", "depcruise", "--config", ".dependency-cruiser.cjs", "--output-type", "err", ...paths)

/** A rule that finds nothing may be one that finds nothing ever: a planted import must be reported. */
const boundariesBite: Check = {
  name: "a forbidden import is found",
  run: async () => {
    const planted = await mkdtemp(join(root, "packages/domain/src/kernel/planted-"))
    try {
      await writeFile(join(planted, "bad.ts"), 'import "../../tracks/track.ts"\nimport "node:fs"\n')
      const found = await boundaries("packages/domain/src")
        .run()
        .then(() => "", String)
      for (const rule of ["kernel-knows-only-what-it-stands-on", "domain-imports-only-effect"]) {
        if (!found.includes(rule)) throw new Error(`the planted import broke ${rule} and nobody noticed: ${found}`)
      }
    } finally {
      await rm(planted, { recursive: true, force: true })
    }
  }
}

const documentFile = join(root, "packages/http-koa/openapi.json")
const freshDocument: Check = {
  name: "packages/http-koa/openapi.json is fresh",
  run: async () => {
    if ((await readFile(documentFile, "utf8")) !== `${JSON.stringify(openApiDocument(), null, 2)}\n`) {
      throw new Error("run `npx -y pnpm@12.21.0 veza openapi --output packages/http-koa/openapi.json`")
    }
  }
}

const oneEffect: Check = {
  name: "the lockfile holds one effect",
  run: async () => {
    const lock = await readFile(join(root, "pnpm-lock.yaml"), "utf8")
    const versions = new Set(lock.match(/^ {2}effect@[^:]+:/gmu))
    if (versions.size !== 1) throw new Error(`found ${[...versions].join(" ")}`)
  }
}

/** What holds for every commit. */
export const checks: ReadonlyArray<Check> = [
  tool("types", "tsc", "-b"),
  effectDiagnostics,
  tool("lint", "oxlint"),
  tool("format", "prettier", "--check", "--log-level", "warn", "."),
  boundaries("packages", "tests"),
  boundariesBite,
  freshDocument,
  oneEffect
]
