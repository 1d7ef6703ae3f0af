import { DateTime, Effect, Option, type Redacted } from "effect"
import { type Actor, Ids, Outbox, Secrets, SessionId, Transaction } from "../kernel/index.ts"
import { MaintenanceMode, UnderMaintenance } from "../platform/index.ts"
import { AccountBanned, EmailNotVerified, InvalidCredentials } from "./errors.ts"
import { contextOf, userLoggedIn } from "./events.ts"
import { AccessTokens, PasswordHasher, RefreshTokens, type Session, Sessions, Users } from "./ports.ts"
import { sessionDays } from "./settings.ts"

export interface LoginCommand {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  readonly rememberMe: boolean
}

const record = Effect.fnUntraced(function* (
  actor: Actor,
  session: Session,
  refreshDigest: Uint8Array,
  newHash: string | undefined
) {
  const users = yield* Users
  yield* (yield* Sessions).add(session)
  yield* (yield* RefreshTokens).add(refreshDigest, session.id, session.createdAt)
  if (newHash !== undefined) yield* users.replacePasswordHash(session.userId, newHash)
  yield* users.recordLogin(session.userId, session.createdAt, session.ip)
  yield* (yield* Outbox).append([
    userLoggedIn(session.userId, { session_id: session.id }, contextOf(actor, session.userId))
  ])
})

/**
 * Signs somebody in (10-accounts, "Login"). An unknown address and a wrong password are one error after the same work;
 * what else stands in the way (unverified, banned, maintenance) is told only after a correct password.
 */
export const login = Effect.fn("accounts.login")(function* (actor: Actor, command: LoginCommand) {
  const users = yield* Users
  const hasher = yield* PasswordHasher
  const found = Option.getOrUndefined(yield* users.credentialsOf(command.email))
  const verdict = yield* hasher.verify(command.password, found?.passwordHash)
  if (found === undefined || !verdict.matches || !found.user.isActive) return yield* new InvalidCredentials()
  const { user } = found
  if (user.isBanned) return yield* new AccountBanned()
  if (!user.isVerified) return yield* new EmailNotVerified()
  const maintenance = (yield* MaintenanceMode).read()
  if (maintenance.on && user.role !== "admin") return yield* new UnderMaintenance()

  const replacement = verdict.outdated ? yield* hasher.hash(command.password) : undefined
  const refresh = yield* (yield* Secrets).issue
  const days = command.rememberMe ? sessionDays.remembered : sessionDays.plain
  const now = yield* DateTime.now
  const session: Session = {
    id: SessionId.make(yield* (yield* Ids).entity),
    userId: user.id,
    ip: actor.origin.ip,
    userAgent: actor.origin.userAgent,
    createdAt: now,
    expiresAt: DateTime.add(now, { days }),
    lifetime: days * 86_400
  }
  yield* (yield* Transaction).atomically(record(actor, session, refresh.digest, replacement))
  const access = yield* (yield* AccessTokens).issue({
    sub: user.id,
    sid: session.id,
    token_version: user.tokenVersion,
    role: user.role
  })
  return { user, access, refreshToken: refresh.secret, refreshExpiresAt: session.expiresAt }
})
