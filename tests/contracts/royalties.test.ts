import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { memoryAdapters } from "@veza/adapters/memory"
import { statementFilesLocal, statementReader } from "@veza/adapters/statements"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { royaltiesContract } from "./royalties.contract.ts"

const localFiles = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "veza-statements-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true }))
    ),
    statementFilesLocal
  )
)

royaltiesContract("memory", memoryAdapters)
royaltiesContract("PostgreSQL", postgresAdapters.pipe(Layer.provideMerge(Layer.merge(localFiles, statementReader))))
