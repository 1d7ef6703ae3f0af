import { Context, type DateTime, type Effect, type Option } from "effect"
import type { TemporarilyUnavailable, UserId } from "../kernel/index.ts"
import type { UsernameTaken } from "./errors.ts"
import type { ImageKind, Profile, ProfileImage, SocialLinks } from "./profile.ts"

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

/** The rows of profile images, and the note of every file that may be in the store. */
export class ProfileImages extends Context.Service<
  ProfileImages,
  {
    /** Notes a file that is about to be written: whatever happens then, it will be found again. */
    readonly note: (storageKey: string, at: DateTime.Utc) => Effect.Effect<void>
    /** Puts an image in place; answers the key of the one before. */
    readonly set: (user: UserId, kind: ImageKind, image: ProfileImage) => Effect.Effect<Option.Option<string>>
    /** Takes the image away; answers its key. */
    readonly clear: (user: UserId, kind: ImageKind) => Effect.Effect<Option.Option<string>>
    /** Keys noted before `before` that no profile shows, oldest first. */
    readonly unused: (before: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<string>>
    /** The file is gone from the store. */
    readonly forget: (storageKey: string) => Effect.Effect<void>
  }
>()("@veza/domain/accounts/ProfileImages") {}
