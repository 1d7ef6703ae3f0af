import { randomUUID } from "node:crypto"
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand
} from "@aws-sdk/client-s3"
import { Data, Duration, Effect } from "effect"
import { s3Client, type S3Settings } from "./client.ts"

/** What the bucket does not let us do. */
export class BucketUnusable extends Data.TaggedError("BucketUnusable")<{
  readonly doing: string
  readonly reason: string
}> {}

const patience = Duration.seconds(2)

/** Whether the bucket answers us; one short question. */
export const pingBucket = (settings: S3Settings) =>
  Effect.scoped(
    Effect.flatMap(s3Client(settings, settings.endpoint), (client) =>
      Effect.tryPromise((abortSignal) =>
        client.send(new HeadBucketCommand({ Bucket: settings.bucket }), { abortSignal })
      )
    )
  ).pipe(Effect.timeout(patience))

/** Does everything with the bucket once that the product will: writes, reads, lists and removes an object of its own. */
export const checkBucket = Effect.fnUntraced(function* (settings: S3Settings) {
  const client = yield* s3Client(settings, settings.endpoint)
  const target = { Bucket: settings.bucket, Key: `doctor/${randomUUID()}` }
  const attempt = (doing: string, call: (options: { readonly abortSignal: AbortSignal }) => Promise<unknown>) =>
    Effect.tryPromise({
      try: (abortSignal) => call({ abortSignal }),
      catch: (error) => new BucketUnusable({ doing, reason: error instanceof Error ? error.name : String(error) })
    }).pipe(
      Effect.timeoutOrElse({
        duration: Duration.times(patience, 5),
        orElse: () => Effect.fail(new BucketUnusable({ doing, reason: "no answer" }))
      })
    )
  yield* attempt("write", (options) => client.send(new PutObjectCommand({ ...target, Body: "doctor" }), options))
  yield* attempt("read", async (options) =>
    (await client.send(new GetObjectCommand(target), options)).Body?.transformToByteArray()
  )
  yield* attempt("list", (options) =>
    client.send(new ListObjectsV2Command({ Bucket: target.Bucket, Prefix: target.Key, MaxKeys: 1 }), options)
  )
  yield* attempt("remove", (options) => client.send(new DeleteObjectCommand(target), options))
}, Effect.scoped)
