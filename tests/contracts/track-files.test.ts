import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { idsCrypto } from "@veza/adapters/crypto"
import { trackFilesMemory } from "@veza/adapters/memory"
import { localTrackFiles } from "@veza/adapters/storage"
import { trackFilesContract } from "./track-files.contract.ts"

const localInTemporary = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "veza-files-"))),
      (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
    ),
    (directory) => localTrackFiles(directory, 4 * 1024 * 1024)
  )
)

trackFilesContract("memory", Layer.merge(trackFilesMemory, idsCrypto))
trackFilesContract("local directory", Layer.merge(localInTemporary, idsCrypto))
