import { DateTime, Effect, Option, Schema } from "effect"
import { type Actor, contextOf, Ids, Outbox, Secrets, UserId } from "../kernel/index.ts"
import { AccountBanned, BirthdateRequired, UserNotFound } from "./errors.ts"
import { userRegistered, userVerified } from "./events.ts"
import { AccountDeactivated, AccountExists, IdentityTaken, OAuthEmailMissing } from "./oauth-errors.ts"
import {
  OAuthIdentities,
  type OAuthIdentity,
  type OAuthProvider,
  type ProviderAccount,
  type StoredTokens
} from "./oauth-ports.ts"
import { usernamesFor } from "./oauth-usernames.ts"
import { openSession } from "./open-session.ts"
import { type NewUser, Users } from "./ports.ts"
import { askToConfirm } from "./register.ts"
import { enabledFactorOf } from "./second-factor-proof.ts"
import { AccountSettings, verificationLifetime } from "./settings.ts"
import { Email } from "./user.ts"
import { challengeFor } from "./verify-second-factor.ts"

/** An identity as a provider has just shown it, its tokens sealed. */
export interface ShownIdentity {
  readonly provider: OAuthProvider
  readonly account: ProviderAccount
  readonly tokens: StoredTokens
}

const decodeEmail = Schema.decodeUnknownOption(Email)
const accountOf = Effect.fnUntraced(function* (id: UserId) {
  return yield* Option.match(yield* (yield* Users).byId(id), {
    onNone: () => Effect.fail(new UserNotFound()),
    onSome: Effect.succeed
  })
})

const returning = Effect.fnUntraced(function* (known: OAuthIdentity, { tokens }: ShownIdentity) {
  const user = yield* accountOf(known.userId)
  if (user.isBanned) return yield* new AccountBanned()
  if (!user.isActive) return yield* new AccountDeactivated()
  yield* (yield* OAuthIdentities).markUsed(known.id, tokens, yield* DateTime.now)
  return user
})

/** Adds the account under the first name that is free; with a confirmed address that is taken there is none. */
const addUser = Effect.fnUntraced(function* (user: Omit<NewUser, "username">, names: ReadonlyArray<string>) {
  const users = yield* Users
  const abandonedBefore = DateTime.subtract(user.createdAt, verificationLifetime)
  for (const username of names) {
    const named = { ...user, username }
    if (yield* Effect.match(users.add(named, abandonedBefore), { onFailure: () => false, onSuccess: () => true })) {
      return named
    }
  }
  return yield* new AccountExists()
})

/** Who may become an account here: an address is needed, and the date of birth where the age is asked for. */
const addressOf = Effect.fnUntraced(function* (account: ProviderAccount) {
  if ((yield* AccountSettings).ageGateRequired) return yield* new BirthdateRequired()
  const email = Option.getOrUndefined(decodeEmail(account.email))
  if (email === undefined) return yield* new OAuthEmailMissing()
  return email
})

const newcomer = Effect.fnUntraced(function* (actor: Actor, { provider, account, tokens }: ShownIdentity) {
  const email = yield* addressOf(account)
  const taken = yield* (yield* Users).hasVerified(email)
  // Whoever proved the address may know of the account; to others it would tell who is registered here.
  if (taken && account.isEmailVerified) return yield* new AccountExists()
  const ids = yield* Ids
  const now = yield* DateTime.now
  const id = UserId.make(yield* ids.entity)
  const isVerified = account.isEmailVerified
  const names = usernamesFor([...account.names, email.split("@")[0] ?? ""], id.replaceAll("-", ""))
  const user = yield* addUser(
    { id, email, passwordHash: undefined, birthdate: undefined, role: "user", isVerified, createdAt: now },
    names
  )
  const identity = {
    id: yield* ids.entity,
    userId: id,
    provider,
    providerUserId: account.id,
    email,
    isVouched: isVerified
  }
  if (!(yield* (yield* OAuthIdentities).add({ ...identity, createdAt: now, lastUsedAt: now }, tokens))) {
    return yield* new IdentityTaken()
  }
  const context = contextOf(actor, id)
  if (isVerified)
    yield* (yield* Outbox).append([userRegistered(id, { provider }, context), userVerified(id, {}, context)])
  else yield* askToConfirm(user, taken, yield* (yield* Secrets).issue, context)
  return yield* accountOf(id)
})

/**
 * Signs in whom the identity belongs to, or makes an account for it. An address that the provider does not vouch for is
 * confirmed by our own mail first: then there is an account and no session yet. A provider is one factor: who has a
 * second one is asked for it. A step for within a transaction.
 */
export const enterByIdentity = Effect.fnUntraced(function* (actor: Actor, shown: ShownIdentity) {
  const known = Option.getOrUndefined(yield* (yield* OAuthIdentities).find(shown.provider, shown.account.id))
  const user = known === undefined ? yield* newcomer(actor, shown) : yield* returning(known, shown)
  if (!user.isVerified) return { _tag: "Unverified" as const }
  if (Option.isSome(yield* enabledFactorOf(user.id))) {
    return { _tag: "Challenged" as const, required: yield* challengeFor({ userId: user.id, rememberMe: false }) }
  }
  const opened = yield* openSession(actor, user, { method: "oauth", withSecondFactor: false, rememberMe: false })
  return { _tag: "Opened" as const, user, opened }
})
