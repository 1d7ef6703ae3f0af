import { read } from "node:fs"
import { access, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect, Layer, Option, Scope } from "effect"
import type { StoredFile } from "@veza/domain/kernel"
import { TrackFiles } from "@veza/domain/tracks"
import { BlockCache } from "./block-cache.ts"
import { type Entry, FileCache, isMissing } from "./file-cache.ts"

/** Idle descriptors kept for files that are being listened to. */
const openFiles = 256

/** A rename survives a power cut only when its directory was synced. */
export const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Writes the whole chunk, however many writes that takes. */
export const writeAll = async (handle: FileHandle, chunk: Uint8Array): Promise<void> => {
  for (let written = 0; written < chunk.length;) {
    written += (await handle.write(chunk, written)).bytesWritten
  }
}

/** Half the price of the handle's own method, and this is called for every range of every listener. */
const readAt = (descriptor: number, buffer: Uint8Array, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, position, (error, bytes) => {
      if (error === null) resolve(bytes)
      else reject(error)
    })
  })

const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/**
 * Track files in a local directory: `quarantine/` for what is being taken in, `tracks/…` for what was accepted. Both
 * must be on one file system, so that promoting is a rename. `cacheSize` bytes of what is listened to are kept in memory.
 */
export const localTrackFiles = (root: string, cacheSize: number) =>
  Layer.effect(
    TrackFiles,
    Effect.gen(function* () {
      const cache = yield* Effect.acquireRelease(
        Effect.sync(() => new FileCache(openFiles)),
        (files) => Effect.promise(() => files.close())
      )
      const blocks = new BlockCache(cacheSize)
      const quarantineDirectory = join(root, "quarantine")
      yield* Effect.promise(() => mkdir(quarantineDirectory, { recursive: true, mode: 0o700 }))
      const quarantined = (id: string) => join(quarantineDirectory, `${id}.part`)
      const stored = (key: string) => join(root, key)

      const promote = async (id: string, key: string): Promise<void> => {
        const target = stored(key)
        await mkdir(dirname(target), { recursive: true, mode: 0o700 })
        await rename(quarantined(id), target)
        await syncDirectory(dirname(target))
      }

      const remove = async (path: string): Promise<void> => {
        blocks.drop(path)
        await cache.evict(path)
        await rm(path, { force: true })
      }
      const fileOf = (path: string, entry: Entry): StoredFile => {
        const { handle, size, modifiedAt } = entry
        return {
          size,
          modifiedAt,
          read: (position, buffer) => {
            blocks.missed(path, position, async (block, start) => {
              entry.users++
              try {
                return await readAt(handle.fd, block, start)
              } finally {
                cache.release(entry)
              }
            })
            return readAt(handle.fd, buffer, position)
          },
          atHand: (position) => blocks.peek(path, position)
        }
      }

      const held = (path: string, entry: Entry) =>
        Effect.flatMap(Effect.scope, (scope) =>
          Effect.as(
            Scope.addFinalizer(
              scope,
              Effect.sync(() => cache.release(entry))
            ),
            Option.some(fileOf(path, entry))
          )
        )

      return TrackFiles.of({
        quarantine: (id) =>
          Effect.map(
            Effect.acquireRelease(
              Effect.promise(() => open(quarantined(id), "wx", 0o600)),
              (handle) => Effect.promise(() => handle.close().then(() => rm(quarantined(id), { force: true })))
            ),
            (handle) => ({
              write: (chunk) => Effect.promise(() => writeAll(handle, chunk)),
              close: Effect.promise(() => handle.sync())
            })
          ),
        removeQuarantined: (id) => Effect.promise(() => rm(quarantined(id), { force: true })),
        promote: (id, key) => Effect.promise(() => promote(id, key)),
        remove: (key) => Effect.promise(() => remove(stored(key))),
        open: (key) => {
          const path = stored(key)
          const opened = Effect.suspend(() => {
            const entry = cache.acquireOpen(path)
            return entry === undefined ? Effect.promise(() => cache.acquire(path)) : Effect.succeed(entry)
          })
          // What acquireRelease does, without giving the finalizer a copy of every service, which it does not need.
          return Effect.uninterruptible(
            Effect.flatMap(opened, (entry) => (entry === undefined ? Effect.succeedNone : held(path, entry)))
          )
        },
        peek: (key) => {
          const path = stored(key)
          const entry = cache.peek(path)
          return entry && fileOf(path, entry)
        },
        localPath: (file) => {
          const path = "stored" in file ? stored(file.stored) : quarantined(file.quarantined)
          return Effect.map(
            Effect.promise(() => exists(path)),
            (there) => (there ? Option.some(path) : Option.none())
          )
        }
      })
    })
  )
