import { Effect, Layer, Option, Stream } from "effect"
import { fileOfBytes, type StoredFile } from "@veza/domain/kernel"
import { type RenditionFile, RenditionFiles, type RenditionSet } from "@veza/domain/tracks"

interface Stored {
  readonly set: RenditionSet
  readonly files: Map<string, StoredFile>
  isPublished: boolean
}

const nameOf = ({ rendition, file }: RenditionFile): string => `${rendition}/${file}`

/** Renditions as bytes of this process; they are gone when it ends. */
export const renditionFilesMemory = Layer.sync(RenditionFiles, () => {
  const sets = new Map<string, Stored>()
  const dropUnpublished = ({ set, isPublished }: Stored) => {
    if (!isPublished) sets.delete(set.build)
  }
  return RenditionFiles.of({
    begin: (set) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const begun: Stored = { set, files: new Map(), isPublished: false }
            sets.set(set.build, begun)
            return begun
          }),
          (begun) => Effect.sync(() => dropUnpublished(begun))
        ),
        (begun) => ({
          write: (file, bytes) =>
            Effect.sync(() => {
              begun.files.set(nameOf(file), fileOfBytes(bytes.slice(), new Date()))
            }),
          publish: Effect.sync(() => {
            begun.isPublished = true
          })
        })
      ),
    open: ({ build }, file) =>
      Effect.sync(() => {
        const found = sets.get(build)
        return Option.fromNullishOr(found?.isPublished === true ? found.files.get(nameOf(file)) : undefined)
      }),
    remove: ({ build }) => Effect.sync(() => sets.delete(build)),
    removeAll: ({ trackId }) =>
      Effect.sync(() => {
        for (const { set } of sets.values()) if (set.trackId === trackId) sets.delete(set.build)
      }),
    sets: Stream.suspend(() => Stream.fromIterable([...sets.values()].map(({ set }) => set)))
  })
})
