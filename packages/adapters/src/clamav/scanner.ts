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

/**
 * Scans what arrives with clamd. Whatever clamd cannot judge is `ScannerUnavailable`; the reason is logged, once as long
 * as clamd does not answer at all.
 */
export const clamavScanner = ({ required, timeout, ...address }: ClamavSettings) => {
  const unavailable = Effect.suspend(() => Effect.fail(new ScannerUnavailable({ retryAfter })))
  let isAway = false
  const failedToOpen = ({ message }: ClamavFailed) => {
    const log = isAway ? Effect.logDebug : Effect.logWarning
    isAway = true
    return Effect.andThen(log("the virus scanner does not answer", { error: message }), unavailable)
  }
  const opened = Effect.suspend(() => {
    if (!isAway) return Effect.void
    isAway = false
    return Effect.logInfo("the virus scanner answers again")
  })
  const failedToScan = ({ message }: ClamavFailed) =>
    Effect.andThen(Effect.logWarning("virus scan failed", { error: message }), unavailable)
  const open = Effect.gen(function* () {
    const stream = yield* Effect.catchTag(openStream(address, timeout), "ClamavFailed", failedToOpen)
    yield* opened
    let hasFailed = false
    const guarded = <A>(step: Effect.Effect<A, ClamavFailed>): Effect.Effect<A, ScannerUnavailable> =>
      Effect.suspend(() =>
        hasFailed
          ? unavailable
          : Effect.catch(step, (error) => {
              hasFailed = true
              return failedToScan(error)
            })
      )
    return { write: (chunk: Uint8Array) => guarded(stream.write(chunk)), verdict: guarded(stream.verdict) }
  })
  return Layer.succeed(Scanner, Scanner.of({ required, open }))
}
