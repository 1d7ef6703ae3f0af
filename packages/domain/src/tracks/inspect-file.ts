import { Effect, Option, Stream } from "effect"
import type { AudioFormat } from "./audio-format.ts"
import type { ScannerUnavailable, UnsupportedAudio } from "./errors.ts"
import { Head, judgeFormat } from "./judge-format.ts"
import { ContentHashing, Scanner, type ScanSession, type ScanVerdict } from "./ports.ts"

export interface ReceivedFile {
  readonly format: AudioFormat
  readonly size: number
  readonly sha256: string
  readonly scan: ScanVerdict | { readonly _tag: "Skipped" }
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
 * Leads a file's content past the scanner and the hash, one chunk at a time: constant memory for any size, and the source
 * is held back by the slowest of them. `each` takes every chunk first, with the size up to its end. What is no audio is
 * told after 64 KiB. The scanner's verdict is asked for apart, once nothing else speaks against the file.
 */
export const inspectFile = Effect.fnUntraced(function* <E, R, E2, R2>(
  fileName: string,
  content: Stream.Stream<Uint8Array, E, R>,
  each: (chunk: Uint8Array, size: number) => Effect.Effect<void, E2, R2>
) {
  const scanner = yield* Scanner
  const session = yield* openScanner()
  const hash = yield* (yield* ContentHashing).begin
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
  yield* Stream.runForEach(content, (chunk): Effect.Effect<void, E2 | ScannerUnavailable | UnsupportedAudio, R2> => {
    size += chunk.length
    head.add(chunk)
    hash.update(chunk)
    return Effect.all([each(chunk, size), judgeOnce, scanChunk(chunk)], { discard: true })
  })
  const format = yield* Effect.fromResult(judgeFormat(head.bytes, fileName))
  return { format, size, sha256: hash.digest(), verdict: verdictOf(session) }
})
