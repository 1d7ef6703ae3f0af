import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { DateTime, Effect, Layer, Option, Stream } from "effect"
import { ImportId, StatementFiles, type StatementSource, StatementTooLarge } from "@veza/domain/royalties"
import { syncDirectory, writeAll } from "../storage/durable.ts"
import { isMissing } from "../storage/file-cache.ts"
import { oldFiles } from "../storage/working-copies.ts"

const begun = ".part"
const whole = ".statement"
const named = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?:part|statement)$/u

/** A file of this machine; undefined where there is none. */
export const fileSource = async (path: string): Promise<StatementSource | undefined> => {
  try {
    const found = await stat(path)
    if (!found.isFile()) return undefined
    const { size } = found
    return { sizeBytes: size, chunks: () => createReadStream(path, { highWaterMark: 256 * 1024 }) }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Statements as files of one directory: `.part` while one is taken in, `.statement` once it is whole and durable. */
export const statementFilesLocal = (directory: string) =>
  Layer.effect(
    StatementFiles,
    Effect.gen(function* () {
      yield* Effect.promise(() => mkdir(directory, { recursive: true, mode: 0o700 }))
      const path = (id: ImportId, ending: string) => join(directory, `${id}${ending}`)

      const publish = async (id: ImportId, handle: FileHandle): Promise<void> => {
        await handle.sync()
        await rename(path(id, begun), path(id, whole))
        await syncDirectory(directory)
      }

      return StatementFiles.of({
        write: Effect.fnUntraced(function* (id, content, maxBytes) {
          const handle = yield* Effect.acquireRelease(
            Effect.promise(() => open(path(id, begun), "wx", 0o600)),
            (file) => Effect.promise(() => file.close().then(() => rm(path(id, begun), { force: true })))
          )
          const hash = createHash("sha256")
          let sizeBytes = 0
          yield* Stream.runForEach(content, (chunk): Effect.Effect<void, StatementTooLarge> => {
            sizeBytes += chunk.length
            if (sizeBytes > maxBytes) return Effect.fail(new StatementTooLarge({ maxBytes }))
            hash.update(chunk)
            return Effect.promise(() => writeAll(handle, chunk))
          })
          yield* Effect.promise(() => publish(id, handle))
          return { sizeBytes, sha256: hash.digest("hex") }
        }, Effect.scoped),
        open: (id) =>
          Effect.map(
            Effect.promise(() => fileSource(path(id, whole))),
            Option.fromNullishOr
          ),
        remove: (id) =>
          Effect.promise(async () => {
            await rm(path(id, begun), { force: true })
            await rm(path(id, whole), { force: true })
          }),
        old: (before) =>
          Effect.map(
            Effect.promise(() => oldFiles(directory, DateTime.toDate(before))),
            (names) =>
              names.flatMap((name) => {
                const id = named.exec(name)?.[1]
                return id === undefined ? [] : [ImportId.make(id)]
              })
          )
      })
    })
  )
