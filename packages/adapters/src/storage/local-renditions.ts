import type { Dirent } from "node:fs"
import { mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect, Layer, Schema, Stream } from "effect"
import { UserId } from "@veza/domain/kernel"
import {
  BuildId,
  type RenditionFile,
  renditionFilePattern,
  RenditionFiles,
  type RenditionSet,
  TrackId
} from "@veza/domain/tracks"
import { syncDirectory, writeAll } from "./durable.ts"
import { isMissing } from "./file-cache.ts"
import { openStored } from "./open-file.ts"

/** What is being written has this behind its name. */
const unfinished = ".part"

/** Of a set that somebody else has removed meanwhile nothing comes back: its folder is not made again. */
const makeFolder = async (path: string): Promise<void> => {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
  })
}

const writeFile = async (path: string, bytes: Uint8Array): Promise<void> => {
  await makeFolder(dirname(path))
  const handle = await open(path, "wx", 0o600)
  try {
    await writeAll(handle, bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const foldersIn = async (path: string): Promise<ReadonlyArray<string>> => {
  try {
    const found: ReadonlyArray<Dirent> = await readdir(path, { withFileTypes: true })
    return found.filter((one) => one.isDirectory()).map(({ name }) => name)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Takes away folders that hold nothing any more; one that does stays. */
const removeEmpty = async (...folders: ReadonlyArray<string>): Promise<void> => {
  for (const folder of folders) await rmdir(folder).catch(() => {})
}

const isUserId = Schema.is(UserId)
const isTrackId = Schema.is(TrackId)
const isBuildId = Schema.is(BuildId)

/**
 * Renditions in a local directory: `hls/{user}/{track}/{build}/{rendition}/{file}`. A build is written under another
 * name, made durable, and renamed into place.
 */
export const localRenditionFiles = (root: string) =>
  Layer.effect(
    RenditionFiles,
    Effect.sync(() => {
      const top = join(root, "hls")
      const folderOfTrack = ({ userId, trackId }: Pick<RenditionSet, "userId" | "trackId">) =>
        join(top, userId, trackId)
      const finished = (set: RenditionSet) => join(folderOfTrack(set), set.build)
      const begun = (set: RenditionSet) => `${finished(set)}${unfinished}`
      const inSet = (folder: string, { rendition, file }: RenditionFile) => {
        if (!renditionFilePattern.test(file)) throw new RangeError("No rendition has a file of that name.")
        return join(folder, rendition, file)
      }

      const publish = async (set: RenditionSet): Promise<void> => {
        for (const rendition of await foldersIn(begun(set))) await syncDirectory(join(begun(set), rendition))
        await syncDirectory(begun(set))
        await rename(begun(set), finished(set))
        const track = folderOfTrack(set)
        for (const folder of [track, dirname(track), top, root]) await syncDirectory(folder)
      }
      const remove = async (set: RenditionSet): Promise<void> => {
        for (const folder of [begun(set), finished(set)]) await rm(folder, { recursive: true, force: true })
        await removeEmpty(folderOfTrack(set), join(top, set.userId))
      }

      const setsOf = async (userId: string, trackId: string): Promise<ReadonlyArray<RenditionSet>> => {
        if (!isUserId(userId) || !isTrackId(trackId)) return []
        const names = await foldersIn(join(top, userId, trackId))
        const builds = new Set(names.map((name) => name.replace(unfinished, "")).filter(isBuildId))
        return [...builds].map((build) => ({ userId, trackId, build }))
      }
      const allSets = async function* (): AsyncGenerator<RenditionSet> {
        for (const userId of await foldersIn(top)) {
          for (const trackId of await foldersIn(join(top, userId))) yield* await setsOf(userId, trackId)
        }
      }

      return RenditionFiles.of({
        begin: (set) =>
          Effect.map(
            Effect.acquireRelease(
              Effect.promise(() => mkdir(begun(set), { recursive: true, mode: 0o700 })),
              () => Effect.promise(() => rm(begun(set), { recursive: true, force: true }))
            ),
            () => ({
              write: (file, bytes) => Effect.promise(() => writeFile(inSet(begun(set), file), bytes)),
              publish: Effect.promise(() => publish(set))
            })
          ),
        open: (set, file) => Effect.suspend(() => openStored(inSet(finished(set), file))),
        remove: (set) => Effect.promise(() => remove(set)),
        removeAll: (track) =>
          Effect.promise(async () => {
            await rm(folderOfTrack(track), { recursive: true, force: true })
            await removeEmpty(join(top, track.userId))
          }),
        sets: Stream.suspend(() => Stream.fromAsyncIterable(allSets(), (error) => error).pipe(Stream.orDie))
      })
    })
  )
