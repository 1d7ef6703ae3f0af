import { Effect, Layer } from "effect"
import { Scanner, ScannerUnavailable } from "@veza/domain/tracks"

/** No scanner at all. With `required` (CLAMAV_REQUIRED) uploads are refused, without it they are accepted unscanned. */
export const scannerAbsent = (required: boolean) =>
  Layer.succeed(Scanner, Scanner.of({ required, open: Effect.fail(new ScannerUnavailable({ retryAfter: 60 })) }))
