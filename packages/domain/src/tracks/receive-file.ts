import { Effect, type Stream } from "effect"
import { FileTooLarge, type InvalidUploadForm, UploadInterrupted } from "./errors.ts"
import { inspectFile, type ReceivedFile } from "./inspect-file.ts"
import { TrackFiles, TrackSettings, Uploads } from "./ports.ts"
import type { UploadId } from "./track.ts"

/** Streams a file into quarantine while it is inspected. Too large is told as soon as it is known. */
export const receiveFile = Effect.fnUntraced(function* (
  id: UploadId,
  fileName: string,
  content: Stream.Stream<Uint8Array, UploadInterrupted | InvalidUploadForm>
) {
  const { maxTrackSize } = yield* TrackSettings
  const writer = yield* (yield* TrackFiles).quarantine(id)
  const { verdict, ...inspected } = yield* inspectFile(
    fileName,
    content,
    (chunk, size): Effect.Effect<void, FileTooLarge> =>
      size > maxTrackSize ? Effect.fail(new FileTooLarge({ maxBytes: maxTrackSize })) : writer.write(chunk)
  )
  if (!(yield* (yield* Uploads).moveTo(id, "scanning"))) return yield* new UploadInterrupted()
  yield* writer.close
  return { ...inspected, scan: yield* verdict } satisfies ReceivedFile
})
