import { createReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import { Readable } from "node:stream"
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3"

/** Bytes read from the disk at once. */
const highWaterMark = 256 * 1024

const hasHeaders = (request: unknown): request is { readonly headers: Record<string, string> } =>
  typeof request === "object" && request !== null && "headers" in request

/**
 * Puts a file in one request, so that the object is there as a whole or not at all (at most 5 GiB, S3's limit for one).
 * The SHA-256 it should have is part of the signature: a store that gets other bytes refuses them.
 */
export const putObject = async (
  client: S3Client,
  target: { readonly Bucket: string; readonly Key: string },
  path: string,
  sha256: string,
  signal: AbortSignal
): Promise<void> => {
  const { size } = await stat(path)
  const body = createReadStream(path, { highWaterMark })
  const command = new PutObjectCommand({ ...target, Body: body, ContentLength: size })
  command.middlewareStack.add(
    (next) => (args) => {
      if (hasHeaders(args.request)) args.request.headers["x-amz-content-sha256"] = sha256
      return next(args)
    },
    { step: "build", name: "signTheContent" }
  )
  try {
    await client.send(command, { abortSignal: signal })
  } finally {
    body.destroy()
  }
}

/** The bytes of an object, or of a range of it, as they arrive. */
export const readObject = async (
  client: S3Client,
  source: { readonly Bucket: string; readonly Key: string; readonly Range?: string },
  signal?: AbortSignal
): Promise<AsyncIterable<Uint8Array>> => {
  const options = signal === undefined ? {} : { abortSignal: signal }
  const { Body } = await client.send(new GetObjectCommand(source), options)
  if (!(Body instanceof Readable)) throw new Error("The store answered without a body.")
  signal?.addEventListener("abort", () => Body.destroy(), { once: true })
  return Body
}
