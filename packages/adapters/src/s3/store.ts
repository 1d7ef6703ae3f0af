import {
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client
} from "@aws-sdk/client-s3"
import { Clock, DateTime, Effect, Option, type Scope } from "effect"
import type { StoredFile } from "@veza/domain/kernel"
import type { Delivery, LinkTerms, StoredObject } from "@veza/domain/tracks"
import { sha256Of } from "../storage/durable.ts"
import type { TrackStore } from "../storage/store.ts"
import type { WorkingCopies } from "../storage/working-copies.ts"
import { ask, expected, transfer } from "./call.ts"
import { s3Client, type S3Settings } from "./client.ts"
import { presign } from "./links.ts"
import { putObject, readObject } from "./objects.ts"
import { Presence } from "./presence.ts"

/** HEAD says 404 of a missing bucket too: only where the bucket answers is the object really missing. */
const headObject = (client: S3Client, target: { readonly Bucket: string; readonly Key: string }) =>
  Effect.flatMap(
    ask("head", (abortSignal) => client.send(new HeadObjectCommand(target), { abortSignal })),
    Option.match({
      onSome: (head) => Effect.succeed(Option.some(head)),
      onNone: () =>
        Effect.as(
          Effect.flatMap(
            ask("head", (abortSignal) =>
              client.send(new HeadBucketCommand({ Bucket: target.Bucket }), { abortSignal })
            ),
            (bucket) => expected("head", bucket)
          ),
          Option.none()
        )
    })
  )

/** Reads ranges of an object as they are asked for. */
const fileOf = (
  client: S3Client,
  target: { readonly Bucket: string; readonly Key: string },
  size: number,
  modifiedAt: Date
): StoredFile => ({
  size,
  modifiedAt,
  read: async (position, buffer) => {
    const wanted = Math.min(buffer.length, size - position)
    if (wanted <= 0) return 0
    const range = { ...target, Range: `bytes=${position}-${position + wanted - 1}` }
    let filled = 0
    for await (const chunk of await readObject(client, range)) {
      buffer.set(chunk.subarray(0, wanted - filled), filled)
      filled = Math.min(wanted, filled + chunk.length)
    }
    return filled
  }
})

/** Track files as objects of a bucket, which belongs to this installation alone. */
export const s3TrackStore = (settings: S3Settings) =>
  Effect.fnUntraced(function* (copies: WorkingCopies): Effect.fn.Return<TrackStore, never, Scope.Scope> {
    const client = yield* s3Client(settings, settings.endpoint)
    const signing = settings.publicEndpoint === undefined ? client : yield* s3Client(settings, settings.publicEndpoint)
    const { bucket: Bucket } = settings
    const head = (key: string) => headObject(client, { Bucket, Key: key })
    const run = Effect.runPromiseWith(yield* Effect.context<never>())
    const presence = new Presence((key) => run(Effect.map(head(key), Option.isSome)))

    const download = (key: string) =>
      copies.make((write, restart) =>
        Effect.flatMap(
          transfer("get", async (signal) => {
            await restart()
            for await (const chunk of await readObject(client, { Bucket, Key: key }, signal)) await write(chunk)
          }),
          Option.match({ onNone: () => Effect.fail("missing" as const), onSome: () => Effect.void })
        )
      )
    /** One page as large as asked for, however small the store's own are. */
    const list = Effect.fnUntraced(function* (after: string | undefined, limit: number) {
      const found: Array<StoredObject> = []
      let behind = after
      for (;;) {
        const command = new ListObjectsV2Command({
          Bucket,
          Prefix: "tracks/",
          MaxKeys: limit - found.length,
          ...(behind === undefined ? {} : { StartAfter: behind })
        })
        const page = yield* expected("list", yield* ask("list", (abortSignal) => client.send(command, { abortSignal })))
        for (const { Key, LastModified } of page.Contents ?? []) {
          if (Key !== undefined && LastModified !== undefined) {
            found.push({ key: Key, modifiedAt: DateTime.fromDateUnsafe(LastModified) })
          }
        }
        behind = found.at(-1)?.key
        if (page.IsTruncated !== true || behind === undefined || found.length >= limit) return found
      }
    })

    return {
      put: (path, key, sha256) =>
        Effect.asVoid(
          Effect.flatMap(
            transfer("put", (signal) => putObject(client, { Bucket, Key: key }, path, sha256, signal)),
            (done) => expected("put", done)
          )
        ),
      remove: (key) =>
        Effect.asVoid(
          ask("delete", (abortSignal) => client.send(new DeleteObjectCommand({ Bucket, Key: key }), { abortSignal }))
        ),
      exists: (key) => Effect.map(head(key), Option.isSome),
      open: (key) =>
        Effect.map(
          head(key),
          Option.map(({ ContentLength = 0, LastModified = new Date(0) }) =>
            fileOf(client, { Bucket, Key: key }, ContentLength, LastModified)
          )
        ),
      deliver: Effect.fnUntraced(function* (key: string, terms: LinkTerms) {
        if (presence.isMissing(key, yield* Clock.currentTimeMillis)) return Option.none<Delivery>()
        return Option.some<Delivery>({ _tag: "Elsewhere", url: yield* presign(signing, Bucket, key, terms) })
      }),
      localPath: (key) =>
        download(key).pipe(
          Effect.map(Option.some),
          Effect.catch((error) => (error === "missing" ? Effect.succeedNone : Effect.fail(error)))
        ),
      digest: (key) =>
        transfer("get", async (signal) => sha256Of(await readObject(client, { Bucket, Key: key }, signal))),
      list
    }
  })
