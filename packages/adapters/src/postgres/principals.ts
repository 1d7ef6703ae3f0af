import { Duration, Effect, Layer, Option, Schema } from "effect"
import { type Principal, Principals, Profiles } from "@veza/domain/accounts"
import { Changes, followedCache, Role, TemporarilyUnavailable, UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { selectUser } from "./users.ts"

/** The topic of everything that is followed of an account, keyed by user. */
export const accountsTopic = "accounts"
/** Milliseconds for which a record is believed without news from the database (05-decisions, "Followed values"). */
export const trustFor = 1000
export const capacity = 50_000
/** A caller learns soon that nobody can be recognised; the server ends such a read after the same time. */
const patience = Duration.seconds(2)

const PrincipalRow = Schema.Struct({
  userId: UserId,
  sessionUserId: UserId,
  role: Role,
  isVerified: Schema.Boolean,
  isAdmitted: Schema.Boolean,
  tokenVersion: Schema.Int,
  sessionEndsAt: Schema.Finite,
  sessionLifetime: Schema.Int,
  sessionCreatedAt: Schema.Finite,
  authenticatedAt: Schema.Finite,
  secondFactorAt: Schema.NullOr(Schema.Finite)
})
const decode = Schema.decodeUnknownEffect(PrincipalRow)

const unavailable = () => new TemporarilyUnavailable({ retryAfter: 1 })

/** The database did not answer, so nobody is anybody: try again. */
export const orUnavailable = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.catchDefect(work, () => Effect.fail(unavailable()))

/** The same for what a request waits for: it waits `patience` at most. */
export const orUnavailableSoon = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.timeoutOrElse(orUnavailable(work), { duration: patience, orElse: () => Effect.fail(unavailable()) })

/** All that is known of a user's sessions, keyed by user so that one announcement drops the lot. */
type Known = Map<string, Principal | undefined>

export const principalsPostgres = Layer.effect(
  Principals,
  Effect.gen(function* () {
    const { read } = yield* Database
    const changes = yield* Changes
    const cache = yield* followedCache({
      topic: accountsTopic,
      capacity,
      trustFor,
      load: (_userId: string) => Effect.sync((): Known => new Map())
    })
    const load = (userId: UserId, sessionId: string) =>
      bounded(
        Effect.flatMap(
          read`
            SELECT u.id AS "userId", s.user_id AS "sessionUserId", u.role, u.is_verified AS "isVerified",
              (u.is_active AND NOT u.is_banned) AS "isAdmitted", u.token_version AS "tokenVersion",
              CASE WHEN s.revoked_at IS NULL THEN extract(epoch FROM s.expires_at) * 1000 ELSE 0 END::float8 AS "sessionEndsAt",
              s.lifetime AS "sessionLifetime", (extract(epoch FROM s.created_at) * 1000)::float8 AS "sessionCreatedAt",
              (extract(epoch FROM s.authenticated_at) * 1000)::float8 AS "authenticatedAt",
              (extract(epoch FROM s.second_factor_at) * 1000)::float8 AS "secondFactorAt"
            FROM users u, sessions s WHERE u.id = ${userId} AND s.id = ${sessionId}`,
          ([row]): Effect.Effect<Principal | undefined, Schema.SchemaError> =>
            row === undefined ? Effect.succeed(undefined) : decode(row)
        )
      )
    return Principals.of({
      peek: (userId, sessionId) => cache.peek(userId)?.get(sessionId),
      of: Effect.fnUntraced(function* (userId, sessionId) {
        const known = yield* cache.get(userId)
        const principal = yield* orUnavailableSoon(load(userId, sessionId))
        if (principal !== undefined) known.set(sessionId, principal)
        return principal
      }),
      invalidate: (userId) => changes.announce(accountsTopic, userId)
    })
  })
)

export const profilesPostgres = Layer.effect(
  Profiles,
  Effect.gen(function* () {
    const select = yield* selectUser
    const cache = yield* followedCache({
      topic: accountsTopic,
      capacity,
      trustFor,
      load: (id: string) => orUnavailable(select(id))
    })
    return Profiles.of({ own: cache.get, peek: (id) => Option.getOrUndefined(cache.peek(id) ?? Option.none()) })
  })
)
