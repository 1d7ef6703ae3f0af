import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { idsCrypto } from "@veza/adapters/crypto"
import { imageFilesMemory } from "@veza/adapters/memory"
import { localImageFiles } from "@veza/adapters/storage"
import { imageFilesContract } from "./image-files.contract.ts"

const localInTemporary = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "veza-images-"))),
      (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
    ),
    localImageFiles
  )
)

imageFilesContract("memory", Layer.merge(imageFilesMemory, idsCrypto))
imageFilesContract("local directory", Layer.merge(localInTemporary, idsCrypto))
