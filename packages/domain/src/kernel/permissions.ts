import { Effect } from "effect"
import type { Actor, InSession, Role, UserId } from "./actor.ts"
import { Forbidden, SecondFactorRequired } from "./errors.ts"

/** Everything that a role may allow (00-conventions, "Authorisation"): use-cases ask for these, never for a role. */
export const permissions = [
  /** To upload, and what else makes content of one's own. */
  "content.publish",
  /** To enter what moderators do: routes of the letter M. */
  "content.moderate",
  /** To do with anybody's content what its owner may. */
  "content.administrate",
  /** To decide on notices of infringement. */
  "notices.judge",
  /** To give roles, to ban, to see and correct anybody's account. */
  "accounts.administrate",
  "audit.read",
  "maintenance.switch",
  /** To be let in while the service rests. */
  "maintenance.pass",
  /** To import statements of stores, to state rates, and to see what everybody earned. */
  "royalties.administrate",
  /** To enter administration: routes of the letter A, and keys that reach them. */
  "platform.administrate"
] as const
export type Permission = (typeof permissions)[number]

const creator: ReadonlyArray<Permission> = ["content.publish"]

/** What each role allows. An administrator may everything; a permission nobody else holds is an administrator's. */
export const grants: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  user: new Set(),
  creator: new Set(creator),
  premium: new Set(creator),
  artist: new Set(creator),
  producer: new Set(creator),
  label: new Set(creator),
  moderator: new Set([...creator, "content.moderate", "notices.judge"]),
  admin: new Set(permissions)
}

export const permits = (role: Role, permission: Permission): boolean => grants[role].has(permission)

/** Every role but the listener's may publish content (00-conventions, "Authorisation"). */
export const isContentCreatorRole = (role: Role): boolean => permits(role, "content.publish")

/** The refusal of somebody who lacks a permission. */
export const lacking = (permission: Permission): Forbidden =>
  new Forbidden({ reason: permission === "content.publish" ? "content_creator_required" : "insufficient_permissions" })

/** Refuses everybody whose role does not allow this; whoever is not signed in has no role. */
export const requirePermission = (actor: Actor, permission: Permission): Effect.Effect<void, Forbidden> =>
  actor._tag === "SignedIn" && permits(actor.role, permission) ? Effect.void : Effect.fail(lacking(permission))

/** Refuses a session that never passed the second factor; how long ago it did does not matter (letter M). */
export const requireSecondFactor = (actor: InSession): Effect.Effect<void, SecondFactorRequired> =>
  actor.secondFactorAt === null ? Effect.fail(new SecondFactorRequired()) : Effect.void

/** The same person, or somebody who administrates content. */
export const ownsOrAdministers = (actor: Actor, owner: UserId): boolean =>
  actor._tag === "SignedIn" && (actor.userId === owner || permits(actor.role, "content.administrate"))
