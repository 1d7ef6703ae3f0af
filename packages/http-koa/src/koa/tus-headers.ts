import { Effect } from "effect"
import { type Checksum, checksumAlgorithms } from "@veza/domain/tracks"
import { InvalidRequest, UnsupportedMediaType, UnsupportedTusVersion } from "../contract/errors.ts"
import { partType, tusVersion } from "../contract/tus.ts"
import type { KoaContext } from "./exchange.ts"

const faulty = (field: string, message: string) => new InvalidRequest({ faults: [{ field, message }] })

export const ensureTusVersion = (ctx: KoaContext): Effect.Effect<void, UnsupportedTusVersion> =>
  ctx.get("tus-resumable") === tusVersion ? Effect.void : Effect.fail(new UnsupportedTusVersion())

/** A header that counts bytes; required. */
export const bytesIn = (ctx: KoaContext, name: string): Effect.Effect<number, InvalidRequest> => {
  const text = ctx.get(name)
  if (/^\d{1,15}$/u.test(text)) return Effect.succeed(Number(text))
  return Effect.fail(faulty(name, text === "" ? "is required" : "must be a number of bytes"))
}

const decodeBase64 = (text: string): string | undefined => {
  const bytes = Buffer.from(text, "base64")
  if (bytes.toString("base64").replace(/=+$/u, "") !== text.replace(/=+$/u, "")) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The pairs of Upload-Metadata: keys with values in Base64 (tus 1.0, "Creation"), UTF-8 within. */
export const readUploadMetadata = (
  header: string
): Effect.Effect<ReadonlyMap<string, ReadonlyArray<string>>, InvalidRequest> => {
  const pairs = new Map<string, ReadonlyArray<string>>()
  for (const pair of header.split(",")) {
    if (pair.trim() === "") continue
    const [key = "", value = "", ...rest] = pair.trim().split(" ")
    const text = decodeBase64(value)
    if (text === undefined || rest.length > 0) {
      return Effect.fail(faulty("Upload-Metadata", "must be keys with values in Base64, separated by commas"))
    }
    if (pairs.has(key)) return Effect.fail(faulty("Upload-Metadata", "must name each key once"))
    pairs.set(key, [text])
  }
  return Effect.succeed(pairs)
}

/** What Upload-Checksum says of the part: an algorithm and a digest in Base64 (tus 1.0, "Checksum"). */
export const checksumIn = (ctx: KoaContext): Effect.Effect<Checksum | undefined, InvalidRequest> => {
  const text = ctx.get("upload-checksum")
  if (text === "") return Effect.succeed(undefined)
  const [name = "", digest = "", ...rest] = text.split(" ")
  const algorithm = checksumAlgorithms.find((known) => known === name)
  return algorithm === undefined || digest === "" || rest.length > 0
    ? Effect.fail(faulty("Upload-Checksum", `must be ${checksumAlgorithms.join(" or ")} and a digest in Base64`))
    : Effect.succeed({ algorithm, digest })
}

export const ensurePartType = (ctx: KoaContext): Effect.Effect<void, UnsupportedMediaType> =>
  ctx.get("content-type").split(";", 1)[0]?.trim().toLowerCase() === partType
    ? Effect.void
    : Effect.fail(new UnsupportedMediaType({ expected: partType }))

/** Bytes of the body as far as the sender tells beforehand. */
export const announcedBytes = (ctx: KoaContext): number | undefined => {
  const text = ctx.get("content-length")
  return /^\d{1,15}$/u.test(text) ? Number(text) : undefined
}

/** Does the request bring a body with bytes in it, or one of unknown length? */
export const bringsBytes = (ctx: KoaContext): boolean =>
  ctx.get("transfer-encoding") !== "" || (announcedBytes(ctx) ?? 0) > 0
