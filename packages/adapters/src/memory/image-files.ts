import { Effect, Layer, Option } from "effect"
import { ImageFiles } from "@veza/domain/accounts"

/** Images as bytes of this process; they are gone when it ends. */
export const imageFilesMemory = Layer.sync(ImageFiles, () => {
  const files = new Map<string, Uint8Array>()
  return ImageFiles.of({
    write: (key, bytes) => Effect.sync(() => files.set(key, bytes.slice())),
    read: (key) => Effect.sync(() => Option.fromNullishOr(files.get(key))),
    remove: (key) => Effect.sync(() => files.delete(key))
  })
})
