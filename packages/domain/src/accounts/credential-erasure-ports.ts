import { Context, type DateTime, type Effect, type Option } from "effect"
import type { UserId } from "../kernel/index.ts"
import type { ApiKey } from "./api-key.ts"

/** What deleting does to whatever else than the password lets somebody in. */
export class CredentialErasure extends Context.Service<
  CredentialErasure,
  {
    /**
     * Revokes every living key, and removes the second factor with its codes, log-ins under way here and at providers,
     * the change of address that waits, and the identities with their tokens: each is free for another account.
     */
    readonly drop: (id: UserId, at: DateTime.Utc) => Effect.Effect<void>
    /** Removes the keys, living and ended. */
    readonly forgetKeys: (id: UserId) => Effect.Effect<void>
  }
>()("@veza/domain/accounts/CredentialErasure") {}

export interface ApiKeyRecord extends ApiKey {
  readonly revokedAt: DateTime.Utc | undefined
}

export interface SecondFactorRecord {
  /** Undefined while it waits for its first code. */
  readonly enabledAt: DateTime.Utc | undefined
  readonly unusedBackupCodes: number
}

/** What is known of somebody's ways in, without anything that would let them in. */
export class CredentialRecords extends Context.Service<
  CredentialRecords,
  {
    /** Living and ended ones, in pages: the rows behind `after`, by id. */
    readonly apiKeys: (
      owner: UserId,
      after: ApiKeyRecord | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ApiKeyRecord>>
    readonly secondFactor: (owner: UserId) => Effect.Effect<Option.Option<SecondFactorRecord>>
    /** The address that waits to be confirmed. */
    readonly emailChange: (
      owner: UserId
    ) => Effect.Effect<Option.Option<{ readonly email: string; readonly expiresAt: DateTime.Utc }>>
  }
>()("@veza/domain/accounts/CredentialRecords") {}
