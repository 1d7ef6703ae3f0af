import { DateTime, Effect } from "effect"
import { Users } from "./ports.ts"
import { verificationLifetime } from "./settings.ts"

/** Job: removes registrations that nobody verified within a day; answers how many. */
export const purgeAbandonedRegistrations = Effect.fn("accounts.purgeAbandonedRegistrations")(function* () {
  return yield* (yield* Users).removeAbandoned(DateTime.subtract(yield* DateTime.now, verificationLifetime))
})
