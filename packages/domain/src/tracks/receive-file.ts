import { Effect, Option, Result, Stream } from "effect"
import { type AudioFormat, formatOfExtension, sniffAudioFormat, sniffLength } from "./audio-format.ts"
import {
  FileTooLarge,
  type InvalidUploadForm,
  type ScannerUnavailable,
  UnsupportedAudio,
  UploadInterrupted
} from "./errors.ts"
import {
  ContentHashing,
  Scanner,
  type ScanSession,
  type ScanVerdict,
  TrackFiles,
  TrackSettings,
  Uploads
} from "./ports.ts"
import type { UploadId } from "./track.ts"

export interface ReceivedFile {
  readonly format: AudioFormat
  readonly size: number
  readonly sha256: string
  readonly scan: ScanVerdict | { readonly _tag: "Skipped" }
}

/** Collects the first 64 KiB of a stream, by which its format is judged. */
class Head {
  readonly #bytes = new Uint8Array(sniffLength)
  #length = 0
  add(chunk: Uint8Array): void {
    const part = chunk.subarray(0, sniffLength - this.#length)
    this.#bytes.set(part, this.#length)
    this.#length += part.length
  }
  get full(): boolean {
    return this.#length === sniffLength
  }
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}

/** The format that both the content and the file's name speak for. */
const judgeFormat = (head: Uint8Array, fileName: string): Result.Result<AudioFormat, UnsupportedAudio> => {
  const format = sniffAudioFormat(head)
  if (format === undefined) return Result.fail(new UnsupportedAudio({ reason: "not_audio" }))
  return formatOfExtension(fileName) === format
    ? Result.succeed(format)
    : Result.fail(new UnsupportedAudio({ reason: "extension_mismatch" }))
}

/** A scanner at work, or nothing where one is missing and the configuration accepts that. */
const openScanner = Effect.fnUntraced(function* () {
  const scanner = yield* Scanner
  const session = Effect.map(scanner.open, (open): Option.Option<ScanSession> => Option.some(open))
  return yield* scanner.required
    ? session
    : Effect.catchTag(session, "ScannerUnavailable", () => Effect.succeed(Option.none()))
})

const verdictOf = Effect.fnUntraced(function* (session: Option.Option<ScanSession>) {
  if (Option.isNone(session)) return { _tag: "Skipped" } as const
  const scanner = yield* Scanner
  return yield* scanner.required
    ? session.value.verdict
    : Effect.catchTag(session.value.verdict, "ScannerUnavailable", () => Effect.succeed({ _tag: "Skipped" } as const))
})

/**
 * Streams a file into quarantine, past the scanner and the hash, one chunk at a time: constant memory for any size, and
 * the sender is held back by the slowest of them. Too large is told as soon as it is known, no audio at all after 64 KiB.
 */
export const receiveFile = Effect.fnUntraced(function* (
  id: UploadId,
  fileName: string,
  content: Stream.Stream<Uint8Array, UploadInterrupted | InvalidUploadForm>
) {
  const { maxTrackSize } = yield* TrackSettings
  const scanner = yield* Scanner
  const session = yield* openScanner()
  const writer = yield* (yield* TrackFiles).quarantine(id)
  const hash = yield* (yield* ContentHashing).begin
  const uploads = yield* Uploads
  const head = new Head()
  let size = 0
  let judged = false

  const scanChunk = (chunk: Uint8Array) =>
    Option.match(session, {
      onNone: () => Effect.void,
      onSome: (open) => (scanner.required ? open.write(chunk) : Effect.ignore(open.write(chunk)))
    })
  const judgeOnce = Effect.suspend(() => {
    if (judged || !head.full) return Effect.void
    judged = true
    return Effect.asVoid(Effect.fromResult(judgeFormat(head.bytes, fileName)))
  })
  yield* Stream.runForEach(
    content,
    (chunk): Effect.Effect<void, FileTooLarge | ScannerUnavailable | UnsupportedAudio> => {
      size += chunk.length
      if (size > maxTrackSize) return Effect.fail(new FileTooLarge({ maxBytes: maxTrackSize }))
      head.add(chunk)
      hash.update(chunk)
      return Effect.all([judgeOnce, writer.write(chunk), scanChunk(chunk)], { discard: true })
    }
  )
  const format = yield* Effect.fromResult(judgeFormat(head.bytes, fileName))
  if (!(yield* uploads.moveTo(id, "scanning"))) return yield* new UploadInterrupted()
  yield* writer.close
  const scan = yield* verdictOf(session)
  return { format, size, sha256: hash.digest(), scan } satisfies ReceivedFile
})
