import { Effect, Layer, Option, Stream } from "effect"
import { ExportFiles } from "@veza/domain/accounts"

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
        Option.map(Option.fromNullishOr(files.get(key)), ({ bytes, modifiedAt }) => ({
          size: bytes.length,
          modifiedAt,
          read: (position: number, buffer: Uint8Array) => {
            const part = bytes.subarray(position, position + buffer.length)
            buffer.set(part)
            return Promise.resolve(part.length)
          }
        }))
      ),
    remove: (key) => Effect.sync(() => files.delete(key))
  })
})
