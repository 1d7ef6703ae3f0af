import { randomUUID } from "node:crypto"
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer, Option, type Redacted } from "effect"
import { ImageFiles } from "@veza/domain/accounts"
import {
  type DeliveryId,
  Distributor,
  Platform,
  type OutgoingMessage,
  type StoreStatus,
  StoreUnavailable
} from "@veza/domain/distribution"
import { TrackFiles } from "@veza/domain/tracks"
import { isMissing } from "../storage/file-cache.ts"
import { exists, syncDirectory } from "../storage/durable.ts"
import { writeBatch } from "./batch.ts"
import { readCallback } from "./signature.ts"

export interface FolderDistributorSettings {
  /** Where batches are put for whoever takes them to the stores, in a folder of each store's. */
  readonly root: string
  /** Our DDEX party id. */
  readonly sender: string
  /** Of the stores' callbacks. */
  readonly secret: Redacted.Redacted<string>
}

const accepted: StoreStatus = { state: "accepted" }

/** Milliseconds after which what a killed worker left half made is nobody's any more. */
const abandonedAfter = 3_600_000

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code

/**
 * The folder of one store. Beside the batches lies `.veza`: `making` has each attempt at a batch, `sent` one small file for
 * each delivery, which names the attempt that counts. Of several workers one gets to write that file; from then on the
 * batch is the store's, whatever is done with its folder afterwards.
 */
const storeFolder = (folder: string) => {
  const making = join(folder, ".veza/making")
  const sent = join(folder, ".veza/sent")

  const prepare = async (): Promise<void> => {
    for (const path of [making, sent]) await mkdir(path, { recursive: true, mode: 0o700 })
  }

  /** Puts a batch that counts where it is taken from, unless it is there, or was taken from there, already. */
  const publish = async (id: DeliveryId, attempt: string): Promise<void> => {
    try {
      await rename(join(making, attempt), join(folder, id))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    await syncDirectory(folder)
  }

  /** Is it the store's? What a killed worker did not get to publish is published then. */
  const isSent = async (id: DeliveryId): Promise<boolean> => {
    if (!(await exists(join(sent, id)))) return exists(join(folder, id))
    await publish(id, await readFile(join(sent, id), "utf8"))
    return true
  }

  /** Makes an attempt the one that counts, unless another one is. */
  const settle = async (id: DeliveryId, attempt: string): Promise<void> => {
    await syncDirectory(making)
    const note = join(making, `${attempt}.note`)
    await writeFile(note, attempt, { flush: true, mode: 0o600 })
    try {
      await link(note, join(sent, id))
      await syncDirectory(sent)
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error
    }
    await rm(note, { force: true })
    if (!(await isSent(id))) throw new Error(`${id} is not noted`)
    await rm(join(making, attempt), { recursive: true, force: true })
  }

  /** Removes what workers that were killed left of a delivery. */
  const tidy = async (id: DeliveryId): Promise<void> => {
    for (const name of await readdir(making)) {
      if (!name.startsWith(`${id}.`)) continue
      const found = await stat(join(making, name)).catch(() => undefined)
      if (found === undefined || Date.now() - found.mtimeMs < abandonedAfter) continue
      await rm(join(making, name), { recursive: true, force: true })
    }
  }

  const drop = (attempt: string): Promise<void> => rm(join(making, attempt), { recursive: true, force: true })

  return { prepare, isSent, settle, tidy, drop, pathOf: (attempt: string) => join(making, attempt) }
}

/** Stores by way of batch folders, which are taken to them by SFTP or an object store; they answer by callbacks. */
export const folderDistributor = ({ root, sender, secret }: FolderDistributorSettings) =>
  Layer.effect(
    Distributor,
    Effect.gen(function* () {
      const services = yield* Effect.context<ImageFiles | TrackFiles>()
      const unavailable = () => new StoreUnavailable({ message: `the folder ${root} cannot be used` })
      const use = <A>(work: () => Promise<A>) => Effect.tryPromise({ try: work, catch: unavailable })
      const put = Effect.fnUntraced(function* (message: OutgoingMessage) {
        const { platform, deliveryId } = message
        const folder = storeFolder(join(root, platform))
        yield* use(folder.prepare)
        if (yield* use(() => folder.isSent(deliveryId))) return accepted
        yield* use(() => folder.tidy(deliveryId))
        const attempt = `${deliveryId}.${randomUUID()}`
        yield* Effect.onError(writeBatch(message, sender, folder.pathOf(attempt)), () =>
          Effect.ignore(use(() => folder.drop(attempt)))
        )
        yield* use(() => folder.settle(deliveryId, attempt))
        return accepted
      }, Effect.provide(services))
      return Distributor.of({
        platforms: Platform.literals,
        status: (platform, id) =>
          Effect.map(
            use(() => storeFolder(join(root, platform)).isSent(id)),
            (isThere) => (isThere ? Option.some(accepted) : Option.none())
          ),
        deliver: put,
        takedown: put,
        parseCallback: (callback, at) => readCallback(secret, callback, at)
      })
    })
  )
