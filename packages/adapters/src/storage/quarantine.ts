import { mkdir, open, rm } from "node:fs/promises"
import { join } from "node:path"
import { DateTime, Effect, Option } from "effect"
import { type TrackFiles, type TrackStorage, UploadId } from "@veza/domain/tracks"
import { exists, writeAll } from "./durable.ts"
import { oldFiles } from "./working-copies.ts"

type Files = TrackFiles["Service"]

export interface Quarantine extends Pick<Files, "quarantine" | "removeQuarantined"> {
  readonly quarantined: TrackStorage["Service"]["quarantined"]
  readonly pathOf: (id: UploadId) => string
  readonly localPath: (id: UploadId) => Effect.Effect<Option.Option<string>>
}

const ending = ".part"
const isUploadId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u

/** Where the file of an upload is in a quarantine. */
export const quarantinePath = (directory: string, id: UploadId): string => join(directory, `${id}${ending}`)

/** What is being taken in: one file for each upload, until it is promoted or its scope closes. */
export const quarantineIn = async (directory: string): Promise<Quarantine> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const pathOf = (id: UploadId) => quarantinePath(directory, id)
  return {
    pathOf,
    quarantine: (id) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.promise(() => open(pathOf(id), "wx", 0o600)),
          (handle) => Effect.promise(() => handle.close().then(() => rm(pathOf(id), { force: true })))
        ),
        (handle) => ({
          write: (chunk) => Effect.promise(() => writeAll(handle, chunk)),
          close: Effect.promise(() => handle.sync())
        })
      ),
    removeQuarantined: (id) => Effect.promise(() => rm(pathOf(id), { force: true })),
    localPath: (id) =>
      Effect.map(
        Effect.promise(() => exists(pathOf(id))),
        (there) => (there ? Option.some(pathOf(id)) : Option.none())
      ),
    quarantined: (before, after, limit) =>
      Effect.map(
        Effect.promise(() => oldFiles(directory, DateTime.toDate(before))),
        (names) =>
          names
            .filter((name) => name.endsWith(ending) && isUploadId.test(name.slice(0, -ending.length)))
            .map((name) => UploadId.make(name.slice(0, -ending.length)))
            .filter((id) => after === undefined || id > after)
            .slice(0, limit)
      )
  }
}
