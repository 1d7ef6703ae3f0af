import { DateTime, Effect } from "effect"
import { MailTokens } from "./ports.ts"

/** Job: removes mail tokens that have ended; answers how many. */
export const forgetMailTokens = Effect.fn("accounts.forgetMailTokens")(function* () {
  return yield* (yield* MailTokens).forget(yield* DateTime.now)
})
