import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Option } from "effect"
import { fileOfBytes } from "@veza/domain/kernel"
import { TrackFiles, type UploadId } from "@veza/domain/tracks"

interface File {
  readonly bytes: Uint8Array
  readonly modifiedAt: Date
}

/** Tools that need a path get a copy, which goes with the scope. */
const temporaryCopy = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const directory = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "veza-track-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const path = join(directory, "content")
  yield* Effect.promise(() => writeFile(path, bytes))
  return path
})

/** Files as bytes of this process; they are gone when it ends. */
export const trackFilesMemory = Layer.sync(TrackFiles, () => {
  const quarantined = new Map<UploadId, Array<Uint8Array>>()
  const stored = new Map<string, File>()

  return TrackFiles.of({
    quarantine: (id) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const chunks: Array<Uint8Array> = []
          quarantined.set(id, chunks)
          return {
            write: (chunk: Uint8Array) =>
              Effect.sync(() => {
                chunks.push(chunk.slice())
              }),
            close: Effect.void
          }
        }),
        () => Effect.sync(() => quarantined.delete(id))
      ),
    removeQuarantined: (id) => Effect.sync(() => quarantined.delete(id)),
    promote: (id, storageKey) =>
      Effect.sync(() => {
        const chunks = quarantined.get(id)
        if (chunks === undefined) throw new Error("The upload's file is not in quarantine.")
        stored.set(storageKey, { bytes: Buffer.concat(chunks), modifiedAt: new Date() })
        quarantined.delete(id)
      }),
    remove: (storageKey) => Effect.sync(() => stored.delete(storageKey)),
    open: (storageKey) =>
      Effect.sync(() =>
        Option.map(Option.fromNullishOr(stored.get(storageKey)), ({ bytes, modifiedAt }) =>
          fileOfBytes(bytes, modifiedAt)
        )
      ),
    peek: () => undefined,
    localPath: Effect.fnUntraced(function* (file) {
      const chunks = "stored" in file ? undefined : quarantined.get(file.quarantined)
      const bytes =
        "stored" in file ? stored.get(file.stored)?.bytes : chunks === undefined ? undefined : Buffer.concat(chunks)
      return bytes === undefined ? Option.none() : Option.some(yield* temporaryCopy(bytes))
    })
  })
})
