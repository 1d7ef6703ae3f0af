import { Context, type DateTime, type Effect, type Option } from "effect"
import type { UserId } from "../kernel/index.ts"

export interface EmailChange {
  readonly userId: UserId
  readonly email: string
}

/** Changes of address that wait for the link in the mail to the new one; at most one an account. */
export class EmailChanges extends Context.Service<
  EmailChanges,
  {
    /** Keeps a change instead of an earlier one of the same account. */
    readonly propose: (
      change: EmailChange & { readonly digest: Uint8Array; readonly expiresAt: DateTime.Utc }
    ) => Effect.Effect<void>
    /** Takes a living change out, at most once however many try at the same time. */
    readonly take: (digest: Uint8Array, at: DateTime.Utc) => Effect.Effect<Option.Option<EmailChange>>
    /**
     * Gives an active account the address, and ends the links that were mailed to the old one. False when another
     * account has the address: of two that want it at once, one gets it.
     */
    readonly apply: (change: EmailChange) => Effect.Effect<boolean>
    /** Drops the change that waits, if there is one. */
    readonly cancel: (userId: UserId) => Effect.Effect<void>
    /** Removes changes that ended before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/EmailChanges") {}
