import { Context, type DateTime, type Effect, type Option, type Redacted, Schema } from "effect"
import { type Role, SessionId, type TemporarilyUnavailable, UserId } from "../kernel/index.ts"
import type { HashingBusy, InvalidToken, UsernameTaken } from "./errors.ts"
import type { User } from "./user.ts"

export interface NewUser {
  readonly id: UserId
  readonly email: string
  readonly username: string
  /** Undefined: there is no password, the way in is another. */
  readonly passwordHash: string | undefined
  readonly birthdate: string | undefined
  readonly role: Role
  readonly isVerified: boolean
  readonly createdAt: DateTime.Utc
}

export interface Credentials {
  readonly user: User
  /** Undefined where the account has no password. */
  readonly passwordHash: string | undefined
}

export class Users extends Context.Service<
  Users,
  {
    readonly byId: (id: UserId) => Effect.Effect<Option.Option<User>>
    /** The verified account of the address, else its latest registration that still waits for verification. */
    readonly credentialsOf: (email: string) => Effect.Effect<Option.Option<Credentials>>
    /** Nothing for an account without a password. */
    /** Registrations of the address since `since` that wait for verification, the first first. */
    readonly waiting: (email: string, since: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<User>>
    readonly passwordHashOf: (id: UserId) => Effect.Effect<Option.Option<string>>
    readonly hasVerified: (email: string) => Effect.Effect<boolean>
    /**
     * Adds a user. A registration that was not verified within a day (`abandonedBefore`) gives its username back; a
     * name held for who gave it up counts as taken.
     */
    readonly add: (user: NewUser, abandonedBefore: DateTime.Utc) => Effect.Effect<void, UsernameTaken>
    /** Marks the address as verified. False when another account verified the same address first, or the user is gone. */
    readonly markVerified: (id: UserId) => Effect.Effect<boolean>
    /** Guarded by role `user`: true when this very call promoted the account. */
    readonly promoteToCreator: (id: UserId, at: DateTime.Utc) => Effect.Effect<boolean>
    readonly recordLogin: (id: UserId, at: DateTime.Utc, ip: string) => Effect.Effect<void>
    /**
     * Guarded: is `hash` still the account's? Nobody changes it until the current transaction ends, so what a password
     * allowed stands or falls with it.
     */
    readonly holdPasswordHash: (id: UserId, hash: string) => Effect.Effect<boolean>
    readonly replacePasswordHash: (id: UserId, hash: string) => Effect.Effect<void>
    /** Makes every access token issued so far useless. */
    readonly bumpTokenVersion: (id: UserId) => Effect.Effect<void>
    readonly isUsernameFree: (username: string, abandonedBefore: DateTime.Utc) => Effect.Effect<boolean>
    /** Removes registrations that were never verified; answers how many. */
    readonly removeAbandoned: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/Users") {}

/** One signed-in device: a refresh family (05-decisions, "Session"). */
export interface Session {
  readonly id: SessionId
  readonly userId: UserId
  readonly ip: string
  readonly userAgent: string
  readonly createdAt: DateTime.Utc
  readonly expiresAt: DateTime.Utc
  /** Seconds that a slide adds; the original lifetime. */
  readonly lifetime: number
  /** When a password or a second factor was last proved in it (05-decisions, "Step-up"). */
  readonly authenticatedAt: DateTime.Utc
  /** When the second factor was passed in it. */
  readonly secondFactorAt: DateTime.Utc | null
}

export class Sessions extends Context.Service<
  Sessions,
  {
    readonly add: (session: Session) => Effect.Effect<void>
    /** Ends one session of that user. False when there was none that lived. */
    readonly revoke: (id: SessionId, userId: UserId, reason: string, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Ends every living session of a user but `except`; answers how many. */
    readonly revokeAll: (
      userId: UserId,
      reason: string,
      at: DateTime.Utc,
      except: SessionId | undefined
    ) => Effect.Effect<number>
    /** The living sessions of a user, the latest used first. */
    readonly living: (userId: UserId, at: DateTime.Utc) => Effect.Effect<ReadonlyArray<UsedSession>>
    /** Moves the end of a living session to a later time, never to an earlier one. */
    readonly extend: (id: SessionId, expiresAt: DateTime.Utc) => Effect.Effect<void>
    readonly markUsed: (id: SessionId, at: DateTime.Utc) => Effect.Effect<void>
    /** Notes that its user proved who they are once more, with the second factor or without. */
    readonly stamp: (id: SessionId, at: DateTime.Utc, withSecondFactor: boolean) => Effect.Effect<void>
    /** How many sessions live. */
    readonly count: (at: DateTime.Utc) => Effect.Effect<number>
    /** Removes sessions, with their tokens, that ended before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/Sessions") {}

export interface UsedSession extends Session {
  readonly lastUsedAt: DateTime.Utc
}

/** A refresh token as it is stored, with the session it belongs to. */
export interface RefreshToken {
  readonly session: Session
  readonly isRevoked: boolean
  readonly rotatedAt: DateTime.Utc | undefined
  /** Sealed; gone when its seconds are over. */
  readonly successor: Uint8Array | undefined
}

export class RefreshTokens extends Context.Service<
  RefreshTokens,
  {
    readonly add: (digest: Uint8Array, sessionId: SessionId, at: DateTime.Utc) => Effect.Effect<void>
    /** Reads a token and keeps everybody else from its session until the current transaction ends. */
    readonly lock: (digest: Uint8Array) => Effect.Effect<Option.Option<RefreshToken>>
    /** Guarded: true when this very call rotated the token. */
    readonly rotate: (digest: Uint8Array, successor: Uint8Array, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Empties the successors of tokens rotated before `before`; answers how many. */
    readonly forgetSuccessors: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/RefreshTokens") {}

export type TokenPurpose = "verify_email" | "reset_password"

/** Single-use secrets sent by mail, kept as digests. */
export class MailTokens extends Context.Service<
  MailTokens,
  {
    readonly add: (token: {
      readonly digest: Uint8Array
      readonly purpose: TokenPurpose
      /** Nobody's: a decoy, which can never be consumed. */
      readonly userId: UserId | undefined
      readonly expiresAt: DateTime.Utc
    }) => Effect.Effect<void>
    /** Whose living token this is; it is not used up by asking. */
    readonly ownerOf: (
      digest: Uint8Array,
      purpose: TokenPurpose,
      at: DateTime.Utc
    ) => Effect.Effect<Option.Option<UserId>>
    /** Uses a token up, at most once however many try at the same time. */
    readonly consume: (
      digest: Uint8Array,
      purpose: TokenPurpose,
      at: DateTime.Utc
    ) => Effect.Effect<Option.Option<UserId>>
    /** Makes every living token of this purpose useless. */
    readonly cancel: (userId: UserId, purpose: TokenPurpose) => Effect.Effect<void>
    /** Removes tokens that ended before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/MailTokens") {}

/** Argon2id off the event loop, behind a bound (05-decisions, "Argon2"). */
export class PasswordHasher extends Context.Service<
  PasswordHasher,
  {
    readonly hash: (password: Redacted.Redacted<string>) => Effect.Effect<string, HashingBusy>
    /**
     * Compares with a stored hash; with `undefined` it does the same work against a dummy and answers `matches: false`.
     * `outdated` asks for a new hash: the algorithm or its parameters changed since. A hash that cannot be read matches nothing.
     */
    readonly verify: (
      password: Redacted.Redacted<string>,
      hash: string | undefined
    ) => Effect.Effect<{ readonly matches: boolean; readonly outdated: boolean }, HashingBusy>
  }
>()("@veza/domain/accounts/PasswordHasher") {}

/** What an access token says. The role in it is for other services to read; this one asks its own record. */
export const AccessClaims = Schema.Struct({
  sub: UserId,
  sid: SessionId,
  token_version: Schema.Int,
  role: Schema.String,
  jti: Schema.String,
  /** Seconds since the epoch. */
  exp: Schema.Int
})
export type AccessClaims = typeof AccessClaims.Type

export class AccessTokens extends Context.Service<
  AccessTokens,
  {
    readonly issue: (claims: Omit<AccessClaims, "jti" | "exp">) => Effect.Effect<{
      readonly token: Redacted.Redacted<string>
      /** Seconds. */
      readonly expiresIn: number
    }>
    /** Signature, algorithm, type, issuer, audience and times (RFC 8725). */
    readonly verify: (token: string) => Effect.Effect<AccessClaims, InvalidToken>
    /** The claims of a token that was verified before and holds at `nowMillis`; anything else asks `verify`. */
    readonly peek: (token: string, nowMillis: number) => AccessClaims | undefined
  }
>()("@veza/domain/accounts/AccessTokens") {}

/** What must be known of a session and its user on every request. */
export interface Principal {
  readonly userId: UserId
  readonly sessionUserId: UserId
  readonly role: Role
  readonly isVerified: boolean
  /** Not banned, not deactivated, not deleted. */
  readonly isAdmitted: boolean
  readonly tokenVersion: number
  /** Milliseconds since the epoch; 0 when the session was revoked or never was. */
  readonly sessionEndsAt: number
  /** Seconds. */
  readonly sessionLifetime: number
  readonly sessionCreatedAt: number
  readonly authenticatedAt: number
  readonly secondFactorAt: number | null
}

/** The followed record behind authentication: never more than a second behind the database, and never open when in doubt. */
export class Principals extends Context.Service<
  Principals,
  {
    readonly of: (userId: UserId, sessionId: SessionId) => Effect.Effect<Principal | undefined, TemporarilyUnavailable>
    /** The record where it may be trusted right now without asking anybody. */
    readonly peek: (userId: UserId, sessionId: SessionId) => Principal | undefined
    /** Says within the current transaction that what is known of this user no longer holds. */
    readonly invalidate: (userId: UserId) => Effect.Effect<void>
  }
>()("@veza/domain/accounts/Principals") {}

/** Reads of accounts for display, answered from a followed cache: `/auth/me` costs no query while nothing changed. */
export class Profiles extends Context.Service<
  Profiles,
  {
    readonly own: (id: UserId) => Effect.Effect<Option.Option<User>, TemporarilyUnavailable>
    /** The record where it may be trusted right now without asking anybody. */
    readonly peek: (id: UserId) => User | undefined
  }
>()("@veza/domain/accounts/Profiles") {}
