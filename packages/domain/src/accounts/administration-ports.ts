import { Context, type DateTime, type Effect, type Option } from "effect"
import type { ListPlan, Page, Role, UserId } from "../kernel/index.ts"
import type { User } from "./user.ts"

/** An account as administrators see it. */
export interface AdministeredUser {
  readonly user: User
  /** Both are null unless the account is banned, or was so before reasons were kept. */
  readonly bannedAt: DateTime.Utc | null
  readonly banReason: string | null
  readonly lastLoginAt: DateTime.Utc | null
  readonly loginCount: number
}

export interface UserFilter {
  /** What the username or the e-mail address begins with, without regard to case. */
  readonly prefix?: string | undefined
  readonly role?: Role | undefined
  readonly isBanned?: boolean | undefined
  readonly isVerified?: boolean | undefined
}

export type UserSort = "created_at" | "username" | "email"

/** What administrators read and change of other people's accounts. */
export class UserAdministration extends Context.Service<
  UserAdministration,
  {
    readonly list: (filter: UserFilter, plan: ListPlan<UserSort>) => Effect.Effect<Page<AdministeredUser>>
    readonly byId: (id: UserId) => Effect.Effect<Option.Option<AdministeredUser>>
    /** Without regard to case. */
    readonly byUsername: (username: string) => Effect.Effect<Option.Option<User>>
    /**
     * The administrators who can act (verified, active, not banned), kept from everybody else until the current
     * transaction ends: of two who take the last two away at once, the second sees that one is left.
     */
    readonly lockAdministrators: Effect.Effect<ReadonlyArray<UserId>>
    /**
     * Gives a role and makes every access token issued so far useless. Answers the role before, or nothing when this
     * call changed nothing: the role was that one already, or there is no such user.
     */
    readonly setRole: (id: UserId, role: Role) => Effect.Effect<Option.Option<Role>>
    /** Guarded: true when this very call banned the account. */
    readonly ban: (id: UserId, reason: string, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Guarded: true when this very call ended the ban. */
    readonly unban: (id: UserId) => Effect.Effect<boolean>
  }
>()("@veza/domain/accounts/UserAdministration") {}
