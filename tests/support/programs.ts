import { createHash } from "node:crypto"
import { existsSync, globSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { isBuiltin } from "node:module"
import { join } from "node:path"

const packages = join(import.meta.dirname, "../../packages")

/** The programs of the product, as operators start them. */
const binaries = {
  api: join(packages, "http-koa/bin/veza-api.mjs"),
  worker: join(packages, "workers/bin/veza-worker.mjs"),
  veza: join(packages, "cli/bin/veza.mjs")
}

const bundledPrograms = process.env["VEZA_TEST_PROGRAMS"]

/** What tests start: the programs bound into one file each, or the very binaries where nobody bound them. */
export const programs: Readonly<Record<keyof typeof binaries, string>> =
  bundledPrograms === undefined
    ? binaries
    : {
        api: join(bundledPrograms, "api.mjs"),
        worker: join(bundledPrograms, "worker.mjs"),
        veza: join(bundledPrograms, "veza.mjs")
      }

const bundles = join(import.meta.dirname, "../node_modules/.cache/programs")

/** Changes with every source and with every dependency. */
const fingerprint = (): string => {
  const files = [...globSync("*/src/**/*.ts", { cwd: packages }), "../pnpm-lock.yaml"].toSorted()
  const hash = createHash("sha256")
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(packages, file))
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return hash.digest("hex").slice(0, 16)
}

/** What is bound: our own sources and Effect, which are the thousand modules. Every other library is loaded as it is. */
const bound = /\/packages\/[^/]+\/src\/|\/node_modules\/(?:effect|@effect\/[^/]+)\//u

const bundleInto = async (folder: string): Promise<void> => {
  const { rolldown } = await import("rolldown")
  const bundle = await rolldown({
    input: {
      api: join(packages, "http-koa/src/main.ts"),
      worker: join(packages, "workers/src/main.ts"),
      veza: join(packages, "cli/src/main.ts")
    },
    platform: "node",
    resolve: { conditionNames: ["source", "node", "import", "default"] },
    checks: { eval: false },
    plugins: [
      {
        name: "libraries-stay",
        async resolveId(source, importer) {
          if (importer === undefined || isBuiltin(source)) return undefined
          const found = await this.resolve(source, importer, { skipSelf: true })
          return found === null || bound.test(found.id) ? found : { id: found.id, external: "absolute" }
        }
      }
    ]
  })
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" })
  await bundle.close()
}

/**
 * Binds each program and all that it imports into one file, unless that was done since the last change, and answers the
 * folder: hundreds of processes start in the tests, and most of the time of a start went into finding modules.
 */
export const bundlePrograms = async (): Promise<string> => {
  const folder = join(bundles, fingerprint())
  if (existsSync(folder)) return folder
  await mkdir(bundles, { recursive: true })
  const old = readdirSync(bundles)
  const fresh = mkdtempSync(join(bundles, ".new-"))
  await bundleInto(fresh)
  renameSync(fresh, folder)
  for (const name of old) rmSync(join(bundles, name), { recursive: true, force: true })
  return folder
}
