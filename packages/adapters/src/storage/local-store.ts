import { read } from "node:fs"
import { link, mkdir, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { DateTime, Effect, Option, Scope } from "effect"
import type { StoredFile } from "@veza/domain/kernel"
import type { Delivery, StoredObject } from "@veza/domain/tracks"
import { BlockCache } from "./block-cache.ts"
import { exists, sha256OfFile, syncDirectory } from "./durable.ts"
import { type Entry, FileCache, isMissing } from "./file-cache.ts"
import type { TrackStore } from "./store.ts"

/** Idle descriptors kept for files that are being listened to. */
const openFiles = 256

export interface LocalStore extends TrackStore {
  readonly peek: (key: string) => StoredFile | undefined
}

/** Half the price of the handle's own method, and this is called for every range of every listener. */
const readAt = (descriptor: number, buffer: Uint8Array, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, position, (error, bytes) => {
      if (error === null) resolve(bytes)
      else reject(error)
    })
  })

const namesIn = async (directory: string): Promise<ReadonlyArray<string>> => {
  try {
    return (await readdir(directory)).toSorted()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Files in the folders of users, `tracks/{user}/{name}`, by key. */
const filesBehind = async (root: string, after: string, limit: number): Promise<ReadonlyArray<StoredObject>> => {
  const found: Array<StoredObject> = []
  for (const user of await namesIn(join(root, "tracks"))) {
    // Behind every key of this folder.
    if (`tracks/${user}/\uffff` < after) continue
    for (const name of await namesIn(join(root, "tracks", user))) {
      const key = `tracks/${user}/${name}`
      if (key <= after) continue
      const told = await stat(join(root, key)).catch(() => undefined)
      if (told?.isFile() === true) found.push({ key, modifiedAt: DateTime.fromDateUnsafe(told.mtime) })
      if (found.length === limit) return found
    }
  }
  return found
}

/** Gives a file a second name, or, where the file system knows no links or the target is there, another instead of the first. */
const give = (from: string, to: string): Promise<void> =>
  link(from, to).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && cannotLink.has(String(error.code))) return rename(from, to)
    throw error
  })
const cannotLink = new Set(["EPERM", "ENOTSUP", "EMLINK", "EEXIST"])

/** Track files in a local directory, below `tracks/`. `cacheSize` bytes of what is listened to are kept in memory. */
export const localStore = Effect.fnUntraced(function* (
  root: string,
  cacheSize: number
): Effect.fn.Return<LocalStore, never, Scope.Scope> {
  const cache = yield* Effect.acquireRelease(
    Effect.sync(() => new FileCache(openFiles)),
    (files) => Effect.promise(() => files.close())
  )
  const blocks = new BlockCache(cacheSize)
  const pathOf = (key: string) => join(root, key)

  const put = async (path: string, key: string): Promise<void> => {
    const target = pathOf(key)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    await give(path, target)
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
  const held = <A>(path: string, entry: Entry, as: (file: StoredFile) => A) =>
    Effect.flatMap(Effect.scope, (scope) =>
      Effect.as(
        Scope.addFinalizer(
          scope,
          Effect.sync(() => cache.release(entry))
        ),
        Option.some(as(fileOf(path, entry)))
      )
    )
  const open = <A>(key: string, as: (file: StoredFile) => A) => {
    const path = pathOf(key)
    const opened = Effect.suspend(() => {
      const entry = cache.acquireOpen(path)
      return entry === undefined ? Effect.promise(() => cache.acquire(path)) : Effect.succeed(entry)
    })
    // What acquireRelease does, without giving the finalizer a copy of every service, which it does not need.
    return Effect.uninterruptible(
      Effect.flatMap(opened, (entry) => (entry === undefined ? Effect.succeedNone : held(path, entry, as)))
    )
  }
  const itself = (file: StoredFile) => file
  const here = (file: StoredFile): Delivery => ({ _tag: "Here", file })

  return {
    // A rename cannot be called off: whoever is interrupted must find it done, to undo it.
    put: (path, key) => Effect.uninterruptible(Effect.promise(() => put(path, key))),
    remove: (key) => Effect.promise(() => remove(pathOf(key))),
    exists: (key) => Effect.promise(() => exists(pathOf(key))),
    open: (key) => open(key, itself),
    deliver: (key) => open(key, here),
    peek: (key) => {
      const path = pathOf(key)
      const entry = cache.peek(path)
      return entry && fileOf(path, entry)
    },
    localPath: (key) =>
      Effect.map(
        Effect.promise(() => exists(pathOf(key))),
        (there) => (there ? Option.some(pathOf(key)) : Option.none())
      ),
    digest: (key) =>
      Effect.map(
        Effect.promise((signal) => sha256OfFile(pathOf(key), signal)),
        Option.fromNullishOr
      ),
    list: (after = "", limit) => Effect.promise(() => filesBehind(root, after, limit))
  }
})
