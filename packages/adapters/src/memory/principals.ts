import { DateTime, Effect, Layer, Option } from "effect"
import { type Principal, Principals, Profiles } from "@veza/domain/accounts"
import { Changes, followedCache } from "@veza/domain/kernel"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { get } from "./tables.ts"

/** The topic of everything that is followed of an account, keyed by user. */
export const accountsTopic = "accounts"
/** Milliseconds for which a record is believed without news (05-decisions, "Followed values"). */
export const trustFor = 1000
export const capacity = 50_000

const principalOf = (tables: Tables, userId: string, sessionId: string): Principal | undefined => {
  const account = get(tables, "users", userId)
  const session = get(tables, "sessions", sessionId)
  if (account === undefined || session === undefined) return undefined
  const { user } = account
  return {
    userId: user.id,
    sessionUserId: session.userId,
    role: user.role,
    isVerified: user.isVerified,
    isAdmitted: user.isActive && !user.isBanned,
    tokenVersion: user.tokenVersion,
    sessionEndsAt: session.revoked === undefined ? DateTime.toEpochMillis(session.expiresAt) : 0,
    sessionLifetime: session.lifetime,
    sessionCreatedAt: DateTime.toEpochMillis(session.createdAt),
    authenticatedAt: DateTime.toEpochMillis(session.authenticatedAt),
    secondFactorAt: session.secondFactorAt && DateTime.toEpochMillis(session.secondFactorAt)
  }
}

/** What is known of one user's sessions: kept by user, so that one announcement drops the lot. */
type Known = Map<string, Principal>

/** Reads committed rows only: a record that a transaction may yet roll back must not be kept. */
export const principalsMemory = Layer.effect(
  Principals,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    const cache = yield* followedCache({
      topic: accountsTopic,
      capacity,
      trustFor,
      load: () => Effect.sync((): Known => new Map())
    })
    return Principals.of({
      peek: (userId, sessionId) => cache.peek(userId)?.get(sessionId),
      of: (userId, sessionId) =>
        Effect.flatMap(cache.get(userId), (known) =>
          store.readCommitted((tables) => {
            const principal = known.get(sessionId) ?? principalOf(tables, userId, sessionId)
            if (principal !== undefined) known.set(sessionId, principal)
            return principal
          })
        ),
      invalidate: (userId) => changes.announce(accountsTopic, userId)
    })
  })
)

export const profilesMemory = Layer.effect(
  Profiles,
  Effect.gen(function* () {
    const store = yield* Store
    const cache = yield* followedCache({
      topic: accountsTopic,
      capacity,
      trustFor,
      load: (id: string) => store.readCommitted((tables) => Option.fromNullishOr(get(tables, "users", id)?.user))
    })
    return Profiles.of({ own: cache.get, peek: (id) => Option.getOrUndefined(cache.peek(id) ?? Option.none()) })
  })
)
