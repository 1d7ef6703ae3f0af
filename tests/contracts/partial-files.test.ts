import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { idsCrypto } from "@veza/adapters/crypto"
import { trackFilesMemory } from "@veza/adapters/memory"
import { localPartialFiles, trackFiles } from "@veza/adapters/storage"
import { partialFilesContract } from "./partial-files.contract.ts"

const localInTemporary = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "veza-parts-"))),
      (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
    ),
    (directory) =>
      Layer.merge(
        trackFiles({ root: directory, cacheSize: 1024 * 1024, backend: "local" }),
        localPartialFiles(directory)
      )
  )
)

partialFilesContract("memory", Layer.merge(trackFilesMemory, idsCrypto))
partialFilesContract("local directory", Layer.merge(localInTemporary, idsCrypto))
