import { Effect, Layer, Result } from "effect"
import { CallbackRefused, Distributor, StoreUnavailable } from "@veza/domain/distribution"

const nowhere = new StoreUnavailable({ message: "no way to the stores is configured" })

/** No way to any store: nothing can be submitted, and what was submitted before waits. */
export const noDistributor = Layer.succeed(
  Distributor,
  Distributor.of({
    platforms: [],
    status: () => Effect.fail(nowhere),
    deliver: () => Effect.fail(nowhere),
    takedown: () => Effect.fail(nowhere),
    parseCallback: () => Result.fail(new CallbackRefused({ reason: "signature" }))
  })
)
