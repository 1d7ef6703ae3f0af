import { Effect, Layer, Option, Stream } from "effect"
import { ExportFiles } from "@veza/domain/accounts"
import { fileOfBytes } from "@veza/domain/kernel"

/** Files as bytes of this process; they are gone when it ends. */
export const exportFilesMemory = Layer.sync(ExportFiles, () => {
  const files = new Map<string, { readonly bytes: Uint8Array; readonly modifiedAt: Date }>()
  return ExportFiles.of({
    write: (key, content) =>
      Effect.map(Stream.runCollect(content), (chunks) => {
        const bytes = Buffer.concat(chunks)
        files.set(key, { bytes, modifiedAt: new Date() })
        return bytes.length
      }),
    open: (key) =>
      Effect.sync(() =>
        Option.map(Option.fromNullishOr(files.get(key)), ({ bytes, modifiedAt }) => fileOfBytes(bytes, modifiedAt))
      ),
    remove: (key) => Effect.sync(() => files.delete(key))
  })
})
