import { DateTime, Effect } from "effect"
import { RefreshTokens } from "./ports.ts"
import { refreshGrace } from "./refresh.ts"

/** Job: empties the sealed successors whose seconds are over; answers how many. */
export const forgetSuccessors = Effect.fn("accounts.forgetSuccessors")(function* () {
  return yield* (yield* RefreshTokens).forgetSuccessors(
    DateTime.subtract(yield* DateTime.now, { seconds: refreshGrace })
  )
})
