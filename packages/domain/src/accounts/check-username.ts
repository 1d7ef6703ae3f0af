import { DateTime, Effect } from "effect"
import { Users } from "./ports.ts"
import { UserProfiles } from "./profile-ports.ts"
import { verificationLifetime } from "./settings.ts"
import type { Username } from "./user.ts"

/** Names close to a taken one, the plainest first; never longer than a name may be. */
export const suggestionsFor = (username: string): ReadonlyArray<string> =>
  ["1", "2", "3", "_", "_music", ".fm"].map((ending) => `${username.slice(0, 30 - ending.length)}${ending}`)

/** Whether a username can be had, and if not, one that can. */
export const checkUsername = Effect.fnUntraced(function* (username: Username) {
  const users = yield* Users
  const profiles = yield* UserProfiles
  const now = yield* DateTime.now
  const abandonedBefore = DateTime.subtract(now, verificationLifetime)
  const isFree = Effect.fnUntraced(function* (name: string) {
    return (yield* users.isUsernameFree(name, abandonedBefore)) && !(yield* profiles.isHeld(name, now))
  })
  if (yield* isFree(username)) return { available: true, suggestion: undefined }
  for (const suggestion of suggestionsFor(username)) {
    if (yield* isFree(suggestion)) return { available: false, suggestion }
  }
  return { available: false, suggestion: undefined }
})
