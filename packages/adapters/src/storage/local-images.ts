import { mkdir, open, readFile, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect, Layer, Option } from "effect"
import { ImageFiles } from "@veza/domain/accounts"
import { isMissing } from "./file-cache.ts"
import { syncDirectory } from "./durable.ts"

const write = async (path: string, bytes: Uint8Array): Promise<void> => {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const unfinished = `${path}.part`
  const handle = await open(unfinished, "w", 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, path)
  await syncDirectory(directory)
}

const readOrNothing = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    return await readFile(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Images in a local directory, below `images/`. */
export const localImageFiles = (root: string) =>
  Layer.succeed(
    ImageFiles,
    ImageFiles.of({
      write: (key, bytes) => Effect.promise(() => write(join(root, key), bytes)),
      read: (key) =>
        Effect.map(
          Effect.promise(() => readOrNothing(join(root, key))),
          Option.fromNullishOr
        ),
      remove: (key) =>
        Effect.promise(async () => {
          for (const path of [join(root, key), join(root, `${key}.part`)]) await rm(path, { force: true })
        })
    })
  )
