import { Schema } from "effect"
import { Uuid } from "./ids.ts"

export const UserId = Uuid.pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type
export const SessionId = Uuid.pipe(Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type

export const Role = Schema.Literals(["user", "creator", "premium", "moderator", "admin", "artist", "producer", "label"])
export type Role = typeof Role.Type

/** Every role but the listener's may publish content (00-conventions, "Authorisation"). */
export const isContentCreatorRole = (role: Role): boolean => role !== "user"

/** Where a request came from, as audit entries record it. */
export interface Origin {
  readonly ip: string
  readonly userAgent: string
  readonly requestId: string
}

/** Somebody signed in. Their role comes from the record of the moment, never from a token's claim. */
export interface SignedIn {
  readonly _tag: "SignedIn"
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly role: Role
  readonly isVerified: boolean
  readonly origin: Origin
}

export interface Anonymous {
  readonly _tag: "Anonymous"
  readonly origin: Origin
}

/** Who acts. Every use-case that must know takes it as its first argument. */
export type Actor = SignedIn | Anonymous

/** The same person, or an administrator. */
export const ownsOrAdministers = (actor: Actor, owner: UserId): boolean =>
  actor._tag === "SignedIn" && (actor.userId === owner || actor.role === "admin")
