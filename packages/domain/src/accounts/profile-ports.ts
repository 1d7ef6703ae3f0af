import { Context, type DateTime, type Effect, type Option } from "effect"
import type { TemporarilyUnavailable, UserId } from "../kernel/index.ts"
import type { UsernameTaken } from "./errors.ts"
import type { StoredImage } from "./image-ports.ts"
import type { ImageKind, Profile, SocialLinks } from "./profile.ts"

/** What changes of a profile; an absent key leaves what is there. */
export interface ProfileFields {
  readonly displayName?: string | null
  readonly birthdate?: string | null
  readonly bio?: string | null
  readonly socialLinks?: SocialLinks
  readonly isPrivate?: boolean
}

export interface Renaming {
  readonly username: string
  readonly at: DateTime.Utc
  /** Guard: the last change lies before this moment, or there was none. */
  readonly changedBefore: DateTime.Utc
  /** Until when nobody else gets the old name. */
  readonly heldUntil: DateTime.Utc
  /** Registrations from before that were never verified give the new name up. */
  readonly abandonedBefore: DateTime.Utc
}

export class UserProfiles extends Context.Service<
  UserProfiles,
  {
    /** The followed profile; verified ones cost no query while nothing changed. */
    readonly byId: (id: UserId) => Effect.Effect<Option.Option<Profile>, TemporarilyUnavailable>
    /** Without regard to case. */
    readonly byUsername: (username: string) => Effect.Effect<Option.Option<Profile>, TemporarilyUnavailable>
    /** Changes only what is given, so that two changes at once both stand. False when there is no such user. */
    readonly change: (id: UserId, fields: ProfileFields) => Effect.Effect<boolean>
    /** Guarded: true when this very call renamed the account. The old name is held for its owner. */
    readonly rename: (id: UserId, renaming: Renaming) => Effect.Effect<boolean, UsernameTaken>
    /** Is the name held for somebody who gave it up? */
    readonly isHeld: (username: string, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Removes what is held no longer; answers how many names it was. */
    readonly forgetHeld: (at: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/UserProfiles") {}

/** The rows of profile images. */
export class ProfileImages extends Context.Service<
  ProfileImages,
  {
    /** Puts an image in place; answers the key of the one before. */
    readonly set: (user: UserId, kind: ImageKind, image: StoredImage) => Effect.Effect<Option.Option<string>>
    /** Takes the image away; answers its key. */
    readonly clear: (user: UserId, kind: ImageKind) => Effect.Effect<Option.Option<string>>
  }
>()("@veza/domain/accounts/ProfileImages") {}
