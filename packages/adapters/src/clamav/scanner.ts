import { type Duration, Effect, Layer } from "effect"
import { Scanner, ScannerUnavailable } from "@veza/domain/tracks"
import type { ClamavAddress } from "./conversation.ts"
import type { ClamavFailed } from "./reply.ts"
import { openStream } from "./stream.ts"

export interface ClamavSettings extends ClamavAddress {
  /** CLAMAV_REQUIRED: nothing is accepted that clamd has not passed. */
  readonly required: boolean
  /** The longest time clamd may take without any progress: to connect, to take more bytes, to answer. */
  readonly timeout: Duration.Duration
}

/** Seconds after which a sender may try again. */
const retryAfter = 30

/** Scans what arrives with clamd. Whatever clamd cannot judge is `ScannerUnavailable`; the reason is logged. */
export const clamavScanner = ({ required, timeout, ...address }: ClamavSettings) => {
  const unavailable = ({ message }: ClamavFailed) =>
    Effect.as(Effect.logWarning("virus scan failed", { error: message }), new ScannerUnavailable({ retryAfter }))
  const open = Effect.gen(function* () {
    const stream = yield* openStream(address, timeout)
    let failed: ScannerUnavailable | undefined
    const guarded = <A>(step: Effect.Effect<A, ClamavFailed>): Effect.Effect<A, ScannerUnavailable> =>
      Effect.suspend(() =>
        failed === undefined
          ? Effect.catch(step, (error) =>
              Effect.flatMap(unavailable(error), (refusal) => Effect.fail((failed = refusal)))
            )
          : Effect.fail(failed)
      )
    return { write: (chunk: Uint8Array) => guarded(stream.write(chunk)), verdict: guarded(stream.verdict) }
  }).pipe(Effect.catchTag("ClamavFailed", (error) => Effect.flatMap(unavailable(error), Effect.fail)))
  return Layer.succeed(Scanner, Scanner.of({ required, open }))
}
