import { Effect, Stream } from "effect"
import { ContentHashing, type UploadCommand } from "@veza/domain/tracks"
import { fingerprintOf } from "../koa/idempotency.ts"

/**
 * The same upload, which tells its fingerprint when its form has ended: the fields and the hash of the content
 * (05-decisions, "Idempotency-Key"). An upload that is refused before that tells none.
 */
export const fingerprinted = Effect.fnUntraced(function* (
  command: UploadCommand,
  told: (fingerprint: string) => void
): Effect.fn.Return<UploadCommand, never, ContentHashing> {
  const hash = yield* (yield* ContentHashing).begin
  return {
    ...command,
    content: Stream.tap(command.content, (chunk) => Effect.sync(() => hash.update(chunk))),
    metadata: Effect.tap(command.metadata, (metadata) =>
      Effect.sync(() => told(fingerprintOf([metadata, hash.digest()])))
    )
  }
})
