import { Context, type DateTime, type Effect, type Option } from "effect"
import type { UserId } from "../kernel/index.ts"
import type { OptOut } from "./privacy.ts"
import type { TermsDocument, TermsType } from "./terms.ts"
import type { SettingsChange } from "./user-settings.ts"

/** What people chose in their settings, and nothing else: defaults are not stored. */
export class UserSettingsStore extends Context.Service<
  UserSettingsStore,
  {
    readonly chosen: (user: UserId) => Effect.Effect<SettingsChange>
    /** Puts a choice over what was chosen before, key by key and in one step; answers all that is chosen. */
    readonly choose: (user: UserId, change: SettingsChange) => Effect.Effect<SettingsChange>
  }
>()("@veza/domain/accounts/UserSettingsStore") {}

export class PrivacyChoices extends Context.Service<
  PrivacyChoices,
  {
    readonly optOutOf: (user: UserId) => Effect.Effect<Option.Option<OptOut>>
    /** Records an opt-out; the first one stays. True when this very call recorded it. */
    readonly optOut: (user: UserId, choice: OptOut) => Effect.Effect<boolean>
  }
>()("@veza/domain/accounts/PrivacyChoices") {}

export interface Acceptance {
  /** Time-ordered: the ledger only grows. */
  readonly id: string
  readonly userId: UserId
  readonly type: TermsType
  readonly version: string
  readonly acceptedAt: DateTime.Utc
  readonly ip: string
  readonly userAgent: string
}

export class Terms extends Context.Service<
  Terms,
  {
    /** The latest published version of each type, with when `user` accepted it. */
    readonly current: (user: UserId | undefined, at: DateTime.Utc) => Effect.Effect<ReadonlyArray<TermsDocument>>
    /** Adds to the ledger. True when this version was not accepted before. */
    readonly accept: (acceptance: Acceptance) => Effect.Effect<boolean>
  }
>()("@veza/domain/accounts/Terms") {}
