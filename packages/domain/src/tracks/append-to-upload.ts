import { Effect, Stream } from "effect"
import type { UnsupportedAudio, UploadInterrupted } from "./errors.ts"
import type { Held } from "./hold-upload.ts"
import { Head, judgeFormat } from "./judge-format.ts"
import { type ChecksumAlgorithm, ContentHashing } from "./ports.ts"
import { ChecksumMismatch, UploadLocked, UploadTooLong } from "./resumable-errors.ts"
import { PartialFiles, ResumableUploads, uploadHold } from "./resumable-ports.ts"

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64. */
  readonly digest: string
}

export interface Part {
  readonly content: Stream.Stream<Uint8Array, UploadInterrupted>
  readonly checksum: Checksum | undefined
}

/** Bytes after which what arrived is made durable and noted: what a killed process lets the sender repeat at most. */
const noteEvery = 8 * 1024 * 1024

/**
 * Writes a part behind the kept bytes; answers how many are kept then. What arrived before the sender left is kept, unless
 * the part has a checksum: then all of it counts or nothing. The first part tells by its first 64 KiB whether it is audio.
 */
export const appendPart = Effect.fnUntraced(function* (held: Held, offset: number, { content, checksum }: Part) {
  const { holder, takenOver, upload } = held
  const uploads = yield* ResumableUploads
  const hash = checksum && (yield* (yield* ContentHashing).checksum(checksum.algorithm))
  const writer = yield* (yield* PartialFiles).append(upload.id, {
    offset,
    // Nobody writes any more to what has arrived in full.
    apart: takenOver && offset < upload.length
  })
  const head = new Head()
  let written = offset
  let noted = offset
  let judged = offset > 0

  const judge = Effect.suspend(() => {
    if (judged || !head.full) return Effect.void
    judged = true
    return Effect.asVoid(Effect.fromResult(judgeFormat(head.bytes, upload.fileName)))
  })
  const note = Effect.suspend(() => {
    const received = written
    if (received === noted) return Effect.void
    return Effect.flatMap(Effect.andThen(writer.sync, uploads.keep(upload.id, holder, received)), (isOurs) => {
      noted = received
      return isOurs ? Effect.void : Effect.fail(new UploadLocked({ retryAfter: uploadHold.seconds }))
    })
  })
  const take = (chunk: Uint8Array): Effect.Effect<void, UploadTooLong | UploadLocked | UnsupportedAudio> => {
    if (written + chunk.length > upload.length) return Effect.fail(new UploadTooLong({ length: upload.length }))
    if (offset === 0) head.add(chunk)
    hash?.update(chunk)
    const isDue = hash === undefined && written + chunk.length - noted >= noteEvery
    const put = Effect.tap(writer.write(chunk), () =>
      Effect.sync(() => {
        written += chunk.length
      })
    )
    return Effect.uninterruptible(put).pipe(
      Effect.andThen(hash === undefined ? judge : Effect.void),
      Effect.andThen(isDue ? note : Effect.void)
    )
  }
  yield* Stream.runForEach(content, take).pipe(
    Effect.onError(() => (hash === undefined ? Effect.ignoreCause(note) : Effect.void))
  )
  if (hash !== undefined && hash.digest() !== checksum?.digest) return yield* new ChecksumMismatch()
  yield* judge
  yield* Effect.uninterruptible(note)
  return written
}, Effect.scoped)
