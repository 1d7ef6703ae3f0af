import { createReadStream } from "node:fs"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import { Effect, Layer, Option, Redacted, Schema } from "effect"
import { ImageFiles } from "@veza/domain/accounts"
import {
  Distributor,
  MessageRefused,
  type OutgoingMessage,
  Platform,
  StoreState,
  type StoreStatus,
  StoreUnavailable
} from "@veza/domain/distribution"
import { TrackFiles } from "@veza/domain/tracks"
import { writeBatch } from "./batch.ts"
import type { WrittenFile } from "./ern.ts"
import { readCallback } from "./signature.ts"

export interface SandboxDistributorSettings {
  /** Where the sandbox stores listen. */
  readonly url: string
  /** Shown to the stores, and the key of their callbacks. */
  readonly secret: Redacted.Redacted<string>
  readonly sender: string
  /** Where batches lie while they are sent. */
  readonly workFolder: string
}

/** Milliseconds for a word with a store, and for a file to go over. */
const patience = 10_000
const filePatience = 300_000

const Answer = Schema.fromJsonString(
  Schema.Struct({
    state: StoreState,
    reason: Schema.optionalKey(Schema.String),
    reference: Schema.optionalKey(Schema.String)
  })
)
const decodeAnswer = Schema.decodeUnknownEffect(Answer)

interface Said {
  readonly status: number
  readonly text: string
}

/** Stores that only play at being stores, reached as real ones are: over a network that may fail. */
export const sandboxDistributor = ({ url, secret, sender, workFolder }: SandboxDistributorSettings) =>
  Layer.effect(
    Distributor,
    Effect.gen(function* () {
      const services = yield* Effect.context<ImageFiles | TrackFiles>()

      const call = (method: string, path: string, init: RequestInit, within: number) =>
        Effect.tryPromise({
          try: async (signal): Promise<Said> => {
            const response = await fetch(`${url}${path}`, {
              ...init,
              method,
              headers: {
                authorization: `Bearer ${Redacted.value(secret)}`,
                "content-type": "application/octet-stream"
              },
              signal: AbortSignal.any([signal, AbortSignal.timeout(within)])
            })
            return { status: response.status, text: await response.text() }
          },
          catch: (error) =>
            new StoreUnavailable({
              message: `the store does not answer: ${error instanceof Error ? error.message : ""}`
            })
        })
      const statusIn = ({ status, text }: Said): Effect.Effect<StoreStatus, StoreUnavailable | MessageRefused> => {
        if (status === 422) return Effect.fail(new MessageRefused({ reason: text, by: "store" }))
        return status >= 200 && status < 300
          ? Effect.mapError(decodeAnswer(text), () => new StoreUnavailable({ message: "the store answers nonsense" }))
          : Effect.fail(new StoreUnavailable({ message: `the store answered ${status}` }))
      }
      const sendFile = Effect.fnUntraced(function* (path: string, folder: string, file: WrittenFile) {
        const body = Readable.toWeb(createReadStream(join(folder, file.path), { highWaterMark: 256 * 1024 }))
        const said = yield* call("PUT", `${path}/files/${file.path}`, { body, duplex: "half" }, filePatience)
        if (said.status !== 204) return yield* new StoreUnavailable({ message: `the store answered ${said.status}` })
      })
      const folderOfOne = Effect.acquireRelease(
        Effect.tryPromise({
          try: async () => {
            await mkdir(workFolder, { recursive: true, mode: 0o700 })
            return mkdtemp(join(workFolder, "batch-"))
          },
          catch: () => new StoreUnavailable({ message: `the folder ${workFolder} cannot be used` })
        }),
        (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
      )
      const send = (message: OutgoingMessage) =>
        Effect.gen(function* () {
          const { platform, deliveryId, kind, content } = message
          const batch = yield* writeBatch(message, sender, join(yield* folderOfOne, deliveryId))
          const path = `/${platform}/deliveries/${deliveryId}`
          for (const file of batch.files) yield* sendFile(path, batch.messageFolder, file)
          const body = JSON.stringify({
            kind,
            upc: content.upc,
            title: content.title,
            xml: batch.xml,
            files: batch.files
          })
          return yield* statusIn(yield* call("POST", path, { body }, patience))
        }).pipe(Effect.scoped, Effect.provide(services))

      return Distributor.of({
        platforms: Platform.literals,
        status: (platform, id) =>
          Effect.gen(function* () {
            const said = yield* call("GET", `/${platform}/deliveries/${id}`, {}, patience)
            if (said.status === 404) return Option.none()
            const status = yield* Effect.catchTag(statusIn(said), "MessageRefused", ({ reason }) =>
              Effect.fail(new StoreUnavailable({ message: reason }))
            )
            return Option.some(status)
          }),
        deliver: send,
        takedown: send,
        parseCallback: (callback, at) => readCallback(secret, callback, at)
      })
    })
  )
