import { createHash } from "node:crypto"
import { DateTime, Effect, Layer, Option, Stream } from "effect"
import { type ImportId, StatementFiles, StatementTooLarge } from "@veza/domain/royalties"

/** Statements as bytes of this process; they are gone when it ends. */
export const statementFilesMemory = Layer.sync(StatementFiles, () => {
  const files = new Map<ImportId, { readonly bytes: Uint8Array; readonly writtenAt: number }>()
  return StatementFiles.of({
    write: Effect.fnUntraced(function* (id, content, maxBytes) {
      const chunks: Array<Uint8Array> = []
      let sizeBytes = 0
      yield* Stream.runForEach(content, (chunk): Effect.Effect<void, StatementTooLarge> => {
        sizeBytes += chunk.length
        if (sizeBytes > maxBytes) return Effect.fail(new StatementTooLarge({ maxBytes }))
        chunks.push(chunk)
        return Effect.void
      })
      const bytes = Buffer.concat(chunks)
      files.set(id, { bytes, writtenAt: Date.now() })
      return { sizeBytes, sha256: createHash("sha256").update(bytes).digest("hex") }
    }),
    open: (id) =>
      Effect.sync(() =>
        Option.map(Option.fromNullishOr(files.get(id)), ({ bytes }) => ({
          sizeBytes: bytes.length,
          chunks: async function* () {
            yield bytes
          }
        }))
      ),
    remove: (id) => Effect.sync(() => files.delete(id)),
    old: (before) =>
      Effect.sync(() =>
        [...files].filter(([, { writtenAt }]) => writtenAt < DateTime.toEpochMillis(before)).map(([id]) => id)
      )
  })
})
