import { DateTime, Effect } from "effect"
import { contextOf, Outbox, type SignedIn, Transaction, type UserId } from "../kernel/index.ts"
import { ageOn } from "./age.ts"
import { BirthdateRequired, Underage, UserNotFound, UsernameChangedRecently } from "./errors.ts"
import { userProfileUpdated, userRenamed } from "./events.ts"
import { Principals } from "./ports.ts"
import type { Profile, ProfileChange } from "./profile.ts"
import { type ProfileFields, UserProfiles } from "./profile-ports.ts"
import { ownedProfile, readProfile } from "./read-profile.ts"
import { AccountSettings, minimumAge, verificationLifetime } from "./settings.ts"

/** How long a chosen name must be kept, and how long the one before is held for its former owner. */
export const usernameRest = { days: 30 } as const

const fieldsOf = (change: ProfileChange): ProfileFields => ({
  ...(change.display_name === undefined ? {} : { displayName: change.display_name }),
  ...(change.birthdate === undefined ? {} : { birthdate: change.birthdate }),
  ...(change.bio === undefined ? {} : { bio: change.bio || null }),
  ...(change.social_links === undefined ? {} : { socialLinks: change.social_links ?? {} }),
  ...(change.is_private === undefined ? {} : { isPrivate: change.is_private })
})

const ensureAge = Effect.fnUntraced(function* (birthdate: string | null, now: DateTime.Utc) {
  if (birthdate === null) {
    if ((yield* AccountSettings).ageGateRequired) return yield* new BirthdateRequired()
  } else if (ageOn(birthdate, now) < minimumAge) return yield* new Underage()
})

const rename = Effect.fnUntraced(function* (actor: SignedIn, { user }: Profile, username: string, now: DateTime.Utc) {
  const renamed = yield* (yield* UserProfiles).rename(user.id, {
    username,
    at: now,
    // An administrator who takes a name away need not wait.
    changedBefore: actor.userId === user.id ? DateTime.subtract(now, usernameRest) : now,
    heldUntil: DateTime.add(now, usernameRest),
    abandonedBefore: DateTime.subtract(now, verificationLifetime)
  })
  if (!renamed) return yield* new UsernameChangedRecently()
  yield* (yield* Outbox).append([userRenamed(user.id, { from: user.username, to: username }, contextOf(actor))])
})

const apply = Effect.fnUntraced(function* (actor: SignedIn, profile: Profile, change: ProfileChange) {
  const now = yield* DateTime.now
  const { username, ...others } = change
  if (others.birthdate !== undefined) yield* ensureAge(others.birthdate, now)
  if (username !== undefined && username !== profile.user.username) yield* rename(actor, profile, username, now)
  if (!(yield* (yield* UserProfiles).change(profile.user.id, fieldsOf(others)))) return yield* new UserNotFound()
  yield* (yield* Principals).invalidate(profile.user.id)
  const byAdmin = actor.userId !== profile.user.id
  yield* (yield* Outbox).append([
    userProfileUpdated(profile.user.id, { fields: Object.keys(change), by_admin: byAdmin }, contextOf(actor))
  ])
  if (byAdmin) yield* Effect.logInfo("an administrator changed a profile", { user_id: profile.user.id })
})

/**
 * Changes a profile (10-accounts, "Profile"): its owner, or an administrator. A username may be changed once in 30 days
 * and the old one is held for its owner as long. Answers the profile as it is then; a change without keys changes nothing.
 */
export const changeProfile = Effect.fn("accounts.changeProfile")(function* (
  actor: SignedIn,
  id: UserId,
  change: ProfileChange
) {
  const profile = yield* ownedProfile(actor, id)
  if (Object.keys(change).length > 0) yield* (yield* Transaction).atomically(apply(actor, profile, change))
  return yield* readProfile(actor, id)
})

/** Job: gives names back that are held no longer; answers how many. */
export const forgetHeldUsernames = Effect.fn("accounts.forgetHeldUsernames")(function* () {
  return yield* (yield* UserProfiles).forgetHeld(yield* DateTime.now)
})
