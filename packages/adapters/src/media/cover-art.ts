import { open } from "node:fs/promises"
import { Effect, Layer, Option } from "effect"
import { type AudioFormat, audioFormats, CoverArt } from "@veza/domain/tracks"
import { type IAudioMetadata, type IPicture, parseBlob } from "music-metadata"

import { FileBlob } from "./file-blob.ts"
import { sniffAudioFile } from "./sniff-file.ts"

const timeout = 30_000
/** Bytes that are read of a file at most: its tags, pictures included, and the tables around them. */
const maxRead = 64 * 1024 * 1024
/** Tags may hold pictures without end; these are as many as are looked at. */
const maxPictures = 16

class Enough extends Error {
  override readonly name = "Enough"
}

/** What the parser found before it was done, or stopped. */
const picturesIn = async (file: string, format: AudioFormat, signal: AbortSignal): Promise<ReadonlyArray<IPicture>> => {
  const handle = await open(file, "r")
  let found: ReadonlyArray<IPicture> = []
  let read = 0
  const check = (bytes: number) => {
    signal.throwIfAborted()
    read += bytes
    if (read > maxRead || found.length >= maxPictures) throw new Enough()
  }
  const observe = (metadata: IAudioMetadata) => {
    found = metadata.common.picture ?? []
  }
  try {
    const { size } = await handle.stat()
    const blob = FileBlob.of(handle, size, audioFormats[format].contentType, check)
    observe(await parseBlob(blob, { duration: false, observer: ({ metadata }) => observe(metadata) }))
    return found
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Enough) return found
    throw error
  } finally {
    await handle.close()
  }
}

const isFront = ({ type }: IPicture): boolean => type === "Cover (front)"

/** The front of those that are small enough, else the first of them, without what stands around it in its block. */
const chosen = (pictures: ReadonlyArray<IPicture>, maxBytes: number): Uint8Array | undefined => {
  const fitting = pictures.filter(({ data }) => data.length > 0 && data.length <= maxBytes)
  return (fitting.find(isFront) ?? fitting[0])?.data.slice()
}

const embedded = async (file: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined> => {
  const format = await sniffAudioFile(file)
  if (format === undefined) return undefined
  return chosen(await picturesIn(file, format, AbortSignal.any([signal, AbortSignal.timeout(timeout)])), maxBytes)
}

/** Pictures by music-metadata, without decoding them. */
export const coverArt = Layer.succeed(
  CoverArt,
  CoverArt.of({
    embedded: (path, maxBytes) =>
      Effect.tryPromise((signal) => embedded(path, maxBytes, signal)).pipe(
        Effect.map(Option.fromNullishOr),
        Effect.catch((error) =>
          Effect.as(Effect.logWarning("a cover could not be looked for", { error: String(error.cause) }), Option.none())
        )
      )
  })
)
