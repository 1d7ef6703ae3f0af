import { DateTime, Effect } from "effect"
import type { InSession } from "../kernel/index.ts"
import { ReauthenticationRequired } from "./errors.ts"

/** Minutes for which a proof of who somebody is counts as fresh (10-accounts, last rule). */
export const freshMinutes = 10

/** Refuses a sensitive change unless this session proved a password or a second factor in the last ten minutes. */
export const requireFresh = Effect.fnUntraced(function* (actor: InSession) {
  const now = (yield* DateTime.now).epochMilliseconds
  if (now - actor.authenticatedAt > freshMinutes * 60_000) return yield* new ReauthenticationRequired()
})
