import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer, Option, type Redacted } from "effect"
import { ImageFiles } from "@veza/domain/accounts"
import {
  Distributor,
  Platform,
  type OutgoingMessage,
  type StoreStatus,
  StoreUnavailable
} from "@veza/domain/distribution"
import { TrackFiles } from "@veza/domain/tracks"
import { exists } from "../storage/durable.ts"
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

/** Stores by way of batch folders, which are taken to them by SFTP or an object store; they answer by callbacks. */
export const folderDistributor = ({ root, sender, secret }: FolderDistributorSettings) =>
  Layer.effect(
    Distributor,
    Effect.gen(function* () {
      const services = yield* Effect.context<ImageFiles | TrackFiles>()
      const unavailable = () => new StoreUnavailable({ message: `the folder ${root} cannot be used` })
      const put = (message: OutgoingMessage) =>
        Effect.gen(function* () {
          const folder = join(root, message.platform)
          yield* Effect.tryPromise({ try: () => mkdir(folder, { recursive: true, mode: 0o700 }), catch: unavailable })
          yield* writeBatch(message, sender, folder)
          return accepted
        }).pipe(Effect.provide(services))
      return Distributor.of({
        platforms: Platform.literals,
        status: (platform, id) =>
          Effect.map(
            Effect.tryPromise({ try: () => exists(join(root, platform, id)), catch: unavailable }),
            (isThere) => (isThere ? Option.some(accepted) : Option.none())
          ),
        deliver: put,
        takedown: put,
        parseCallback: (callback, at) => readCallback(secret, callback, at)
      })
    })
  )
