import { randomUUID } from "node:crypto"
import { mkdir, open, readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { isMissing } from "./file-cache.ts"
import { writeAll } from "./durable.ts"

/** Copies of distant files for tools that need a path: each goes with its scope, or a day after its process. */
export interface WorkingCopies {
  /** Writes what `fill` hands on, durably; the path is gone when the scope closes. */
  readonly make: <E>(
    fill: (write: (chunk: Uint8Array) => Promise<void>, restart: () => Promise<void>) => Effect.Effect<void, E>
  ) => Effect.Effect<string, E, Scope.Scope>
  /** Removes copies that nobody has written to since then. */
  readonly tidy: (before: Date) => Promise<number>
}

const modifiedAt = async (path: string): Promise<Date | undefined> => {
  try {
    return (await stat(path)).mtime
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Names of the files in `directory` that were last written before `before`, sorted. */
export const oldFiles = async (directory: string, before: Date): Promise<ReadonlyArray<string>> => {
  const old: Array<string> = []
  for (const name of (await readdir(directory)).toSorted()) {
    const written = await modifiedAt(join(directory, name))
    if (written !== undefined && written < before) old.push(name)
  }
  return old
}

/** `directory` must be on the file system of the local store, which takes finished copies over by renaming them. */
export const workingCopies = async (directory: string): Promise<WorkingCopies> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return {
    make: Effect.fnUntraced(function* (fill) {
      const path = join(directory, randomUUID())
      const handle = yield* Effect.acquireRelease(
        Effect.promise(() => open(path, "wx", 0o600)),
        (file) => Effect.promise(() => file.close().then(() => rm(path, { force: true })))
      )
      let position = 0
      yield* fill(
        async (chunk) => {
          await writeAll(handle, chunk, position)
          position += chunk.length
        },
        async () => {
          position = 0
          await handle.truncate(0)
        }
      )
      yield* Effect.promise(() => handle.sync())
      return path
    }),
    tidy: async (before) => {
      const old = await oldFiles(directory, before)
      for (const name of old) await rm(join(directory, name), { force: true })
      return old.length
    }
  }
}
