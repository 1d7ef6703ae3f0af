import { Effect, Stream } from "effect"
import type { StoredFile } from "../kernel/index.ts"

const pieceSize = 256 * 1024

/** The content of a file from its beginning to its end, one piece at a time; pieces are not used again. */
export const contentOf = (file: StoredFile): Stream.Stream<Uint8Array> =>
  Stream.unfold(0, (position) => {
    if (position >= file.size) return Effect.succeed(undefined)
    const buffer = new Uint8Array(Math.min(pieceSize, file.size - position))
    return Effect.map(
      Effect.promise(() => file.read(position, buffer)),
      (read) => (read === 0 ? undefined : ([buffer.subarray(0, read), position + read] as const))
    )
  })
