import { createHash } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, DateTime, Effect, Layer, Option } from "effect"
import { fileOfBytes, type StoredFile } from "@veza/domain/kernel"
import {
  type Delivery,
  PartialFiles,
  type StorageBackend,
  TrackFiles,
  type TrackPlace,
  TrackStorage,
  type UploadId
} from "@veza/domain/tracks"

interface File {
  readonly bytes: Uint8Array
  readonly modifiedAt: Date
}

interface Received {
  readonly chunks: Array<Uint8Array>
  writtenAt: Date
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

const asFile = ({ bytes, modifiedAt }: File): StoredFile => fileOfBytes(bytes, modifiedAt)
const byName = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

const partialFilesOf = (received: Map<UploadId, Received>) =>
  PartialFiles.of({
    append: (id, { offset }) =>
      Effect.sync(() => {
        const kept = Buffer.concat(received.get(id)?.chunks ?? []).subarray(0, offset)
        const upload: Received = { chunks: [new Uint8Array(kept)], writtenAt: new Date() }
        received.set(id, upload)
        return {
          write: (chunk: Uint8Array) =>
            Effect.sync(() => {
              upload.chunks.push(chunk.slice())
              upload.writtenAt = new Date()
            }),
          sync: Effect.void
        }
      }),
    open: (id) =>
      Effect.sync(() =>
        Option.map(Option.fromNullishOr(received.get(id)), ({ chunks, writtenAt }) =>
          fileOfBytes(Buffer.concat(chunks), writtenAt)
        )
      )
  })

/** Files as bytes of this process, in both stores; they are gone when it ends. New ones go to the local store. */
export const trackFilesMemory = Layer.effectContext(
  Effect.sync(() => {
    const received = new Map<UploadId, Received>()
    const stores: Readonly<Record<StorageBackend, Map<string, File>>> = { local: new Map(), s3: new Map() }
    const at = ({ storageBackend, storageKey }: TrackPlace) =>
      Option.fromNullishOr(stores[storageBackend].get(storageKey))
    const bytesOf = (id: UploadId) =>
      Option.map(Option.fromNullishOr(received.get(id)), ({ chunks }) => Buffer.concat(chunks))

    const files = TrackFiles.of({
      backend: "local",
      quarantine: (id) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const upload: Received = { chunks: [], writtenAt: new Date() }
            received.set(id, upload)
            return {
              write: (chunk: Uint8Array) =>
                Effect.sync(() => {
                  upload.chunks.push(chunk.slice())
                  upload.writtenAt = new Date()
                }),
              close: Effect.void
            }
          }),
          () => Effect.sync(() => received.delete(id))
        ),
      removeQuarantined: (id) => Effect.sync(() => received.delete(id)),
      promote: (id, { storageBackend, storageKey }) =>
        Effect.sync(() => {
          const bytes = Option.getOrThrow(bytesOf(id))
          stores[storageBackend].set(storageKey, { bytes, modifiedAt: new Date() })
        }),
      remove: ({ storageBackend, storageKey }) => Effect.sync(() => stores[storageBackend].delete(storageKey)),
      exists: (place) => Effect.sync(() => Option.isSome(at(place))),
      open: (place) => Effect.sync(() => Option.map(at(place), asFile)),
      deliver: (place) =>
        Effect.sync(() => Option.map(at(place), (file): Delivery => ({ _tag: "Here", file: asFile(file) }))),
      peek: () => undefined,
      localPath: (file) =>
        Effect.transposeOption(
          Option.map(
            "stored" in file ? Option.map(at(file.stored), ({ bytes }) => bytes) : bytesOf(file.quarantined),
            temporaryCopy
          )
        )
    })
    const storage = TrackStorage.of({
      backends: ["local", "s3"],
      copy: ({ storageBackend, storageKey, contentHash }, to) =>
        Effect.sync(() => {
          const file = stores[storageBackend].get(storageKey)
          if (file === undefined) return "missing"
          if (createHash("sha256").update(file.bytes).digest("hex") !== contentHash) return "corrupt"
          stores[to].set(storageKey, { ...file, modifiedAt: new Date() })
          return "copied"
        }),
      list: (backend, after = "", limit) =>
        Effect.sync(() =>
          [...stores[backend]]
            .filter(([key]) => key > after)
            .toSorted(([a], [b]) => byName(a, b))
            .slice(0, limit)
            .map(([key, { modifiedAt }]) => ({ key, modifiedAt: DateTime.fromDateUnsafe(modifiedAt) }))
        ),
      quarantined: (before, after, limit) =>
        Effect.sync(() =>
          [...received]
            .filter(([id, { writtenAt }]) => writtenAt < DateTime.toDate(before) && (after === undefined || id > after))
            .map(([id]) => id)
            .toSorted(byName)
            .slice(0, limit)
        ),
      // Copies go with their scopes, and the process with all of them.
      tidy: () => Effect.succeed(0)
    })
    return Context.make(TrackFiles, files).pipe(
      Context.add(TrackStorage, storage),
      Context.add(PartialFiles, partialFilesOf(received))
    )
  })
)
