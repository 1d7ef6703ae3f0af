import { Context, type DateTime, type Effect, type Option } from "effect"
import type { UserId } from "../kernel/index.ts"
import type { UsedSession } from "./ports.ts"
import type { User } from "./user.ts"

/** What stands in an account once its owner is gone. */
export interface Anonymous {
  readonly username: string
  readonly email: string
  /** The hash of something that nobody knows. */
  readonly passwordHash: string
}

/** What deleting does to the rows of accounts. */
export class AccountErasure extends Context.Service<
  AccountErasure,
  {
    /**
     * Guarded: true when this very call deleted the account. Takes the person out of its row, deactivates it, and makes
     * every access token useless.
     */
    readonly anonymise: (id: UserId, anonymous: Anonymous, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Removes everything mailed that could still be used. */
    readonly dropMailTokens: (id: UserId) => Effect.Effect<void>
    /** Accounts deleted before `before` whose final anonymisation is due, oldest first. */
    readonly due: (before: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<UserId>>
    /**
     * Guarded: true when this very call marked the account as finally anonymised. Takes from its row what is left of the
     * person: log-ins, a ban with its reason, when it was renamed and promoted.
     */
    readonly markAnonymised: (id: UserId, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Removes sessions, exports, and what could not be delivered to or about the person. */
    readonly forgetTraces: (id: UserId) => Effect.Effect<void>
  }
>()("@veza/domain/accounts/AccountErasure") {}

export interface AccountRecord {
  readonly user: User
  readonly lastLogin: { readonly at: DateTime.Utc; readonly ip: string } | undefined
  readonly loginCount: number
  readonly ban: { readonly at: DateTime.Utc; readonly reason: string } | undefined
}

export interface SessionRecord extends UsedSession {
  readonly revoked: { readonly at: DateTime.Utc; readonly reason: string } | undefined
}

/** A mailed link. Its digest is its key here; it is not exported. */
export interface MailTokenRecord {
  readonly digest: Uint8Array
  /** A `TokenPurpose`, or one of another version. */
  readonly purpose: string
  readonly expiresAt: DateTime.Utc
  readonly usedAt: DateTime.Utc | undefined
}

/** Everything that accounts hold about somebody, in pages: the rows behind `after`, by their keys. */
export class AccountRecords extends Context.Service<
  AccountRecords,
  {
    readonly account: (id: UserId) => Effect.Effect<Option.Option<AccountRecord>>
    readonly sessions: (
      owner: UserId,
      after: SessionRecord | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<SessionRecord>>
    readonly mailTokens: (
      owner: UserId,
      after: MailTokenRecord | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<MailTokenRecord>>
  }
>()("@veza/domain/accounts/AccountRecords") {}
