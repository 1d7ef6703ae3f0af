import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Redacted } from "effect"
import { idsCrypto } from "@veza/adapters/crypto"
import { trackFilesMemory } from "@veza/adapters/memory"
import { s3TrackStore } from "@veza/adapters/s3"
import { trackFiles } from "@veza/adapters/storage"
import { startS3 } from "../support/s3.ts"
import { trackFilesContract } from "./track-files.contract.ts"

const temporary = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "veza-files-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)
const cacheSize = 4 * 1024 * 1024

const local = Layer.unwrap(Effect.map(temporary, (root) => trackFiles({ root, cacheSize, backend: "local" })))

const withS3 = (backend: "local" | "s3") =>
  Layer.unwrap(
    Effect.gen(function* () {
      const root = yield* temporary
      const { url, bucket, credential } = yield* Effect.acquireRelease(Effect.promise(startS3), (server) =>
        Effect.promise(server.dispose)
      )
      const distant = s3TrackStore({
        endpoint: url,
        publicEndpoint: undefined,
        region: "us-east-1",
        bucket,
        accessKeyId: Redacted.make(credential),
        secretAccessKey: Redacted.make(credential),
        forcePathStyle: true
      })
      return trackFiles({ root, cacheSize, backend, distant })
    })
  )

trackFilesContract("memory, local", Layer.merge(trackFilesMemory, idsCrypto), "local")
trackFilesContract("memory, S3", Layer.merge(trackFilesMemory, idsCrypto), "s3")
trackFilesContract("local directory alone", Layer.merge(local, idsCrypto), "local")
trackFilesContract("local directory beside S3", Layer.merge(withS3("local"), idsCrypto), "local")
trackFilesContract("S3", Layer.merge(withS3("s3"), idsCrypto), "s3")
