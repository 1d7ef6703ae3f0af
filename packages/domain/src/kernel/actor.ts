import { Schema } from "effect"
import { Uuid } from "./ids.ts"

export const UserId = Uuid.pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type
export const SessionId = Uuid.pipe(Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type
export const ApiKeyId = Uuid.pipe(Schema.brand("ApiKeyId"))
export type ApiKeyId = typeof ApiKeyId.Type

export const Role = Schema.Literals(["user", "creator", "premium", "moderator", "admin", "artist", "producer", "label"])
export type Role = typeof Role.Type

/** Where a request came from, as audit entries record it. */
export interface Origin {
  readonly ip: string
  readonly userAgent: string
  readonly requestId: string
  /** The request carries `Sec-GPC: 1`: whoever makes it wants not to be followed (Global Privacy Control). */
  readonly globalPrivacyControl?: boolean
}

interface Identified {
  readonly _tag: "SignedIn"
  readonly userId: UserId
  /** Of the moment, from the record; never from a token's claim. */
  readonly role: Role
  readonly isVerified: boolean
  readonly origin: Origin
}

/** Somebody in person: a session stands behind the request. */
export interface InSession extends Identified {
  readonly by: "session"
  readonly sessionId: SessionId
  /** Milliseconds since the epoch: when this session last proved a password or a second factor. */
  readonly authenticatedAt: number
  /** Milliseconds since the epoch: when this session passed the second factor; null if it never did. */
  readonly secondFactorAt: number | null
}

/** What a developer's key may be used for (05-decisions, "Scopes"). */
export const KeyScope = Schema.Literals(["read", "write", "admin"])
export type KeyScope = typeof KeyScope.Type

/** A program with a developer's key; what concerns the security of the account is closed to it. */
export interface WithKey extends Identified {
  readonly by: "key"
  readonly keyId: ApiKeyId
  readonly scopes: ReadonlyArray<KeyScope>
}

/** Somebody signed in. A use-case that changes who may get into an account takes `InSession`. */
export type SignedIn = InSession | WithKey

export interface Anonymous {
  readonly _tag: "Anonymous"
  readonly origin: Origin
}

/** Who acts. Every use-case that must know takes it as its first argument. */
export type Actor = SignedIn | Anonymous
