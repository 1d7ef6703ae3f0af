import { Effect, Option } from "effect"
import { type Actor, Forbidden, type SignedIn, type UserId } from "../kernel/index.ts"
import { UserNotFound } from "./errors.ts"
import { type Profile, type Sight, sightOf } from "./profile.ts"
import { completionOf } from "./profile-completion.ts"
import { UserProfiles } from "./profile-ports.ts"

/** A profile together with how much of it the caller sees. */
export interface SeenProfile {
  readonly profile: Profile
  readonly sight: Exclude<Sight, "absent">
}

const seenBy =
  (actor: Actor) =>
  (found: Option.Option<Profile>): Effect.Effect<SeenProfile, UserNotFound> => {
    if (Option.isNone(found)) return Effect.fail(new UserNotFound())
    const sight = sightOf(found.value, actor)
    return sight === "absent" ? Effect.fail(new UserNotFound()) : Effect.succeed({ profile: found.value, sight })
  }

/** The profile of a user; unknown, deleted and unverified ones are one and the same to everybody but administrators. */
export const readProfile = Effect.fnUntraced(function* (actor: Actor, id: UserId) {
  return yield* seenBy(actor)(yield* (yield* UserProfiles).byId(id))
})

/** The profile of whoever has this name now, without regard to case; what can be no username is nobody's. */
export const readProfileByUsername = Effect.fnUntraced(function* (actor: Actor, username: string) {
  if (!/^[A-Za-z0-9_.-]{1,64}$/u.test(username)) return yield* new UserNotFound()
  return yield* seenBy(actor)(yield* (yield* UserProfiles).byUsername(username))
})

/** A profile that the caller may change: invisible ones are not found, somebody else's is refused. */
export const ownedProfile = Effect.fnUntraced(function* (actor: SignedIn, id: UserId) {
  const { profile, sight } = yield* readProfile(actor, id)
  return sight === "whole" ? profile : yield* new Forbidden({ reason: "not_yours" })
})

/** How complete a profile is, for its owner and administrators. */
export const readCompletion = Effect.fnUntraced(function* (actor: SignedIn, id: UserId) {
  return completionOf(yield* ownedProfile(actor, id))
})
