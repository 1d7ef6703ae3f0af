import { Context, type DateTime, type Effect, type Option } from "effect"
import type { ApiKeyId, KeyScope, Role, TemporarilyUnavailable, UserId } from "../kernel/index.ts"
import type { ApiKey } from "./api-key.ts"

/** Developers' keys, kept as digests. A key lives until it is revoked, expires or retires. */
export class ApiKeys extends Context.Service<
  ApiKeys,
  {
    /**
     * Adds a key within the current transaction, unless its user has `limit` living ones when it is made; however many
     * try at once, there are never more. False when it was not added.
     */
    readonly add: (key: ApiKey, digest: Uint8Array, limit: number) => Effect.Effect<boolean>
    /** The living keys of a user, the latest first. */
    readonly living: (userId: UserId, at: DateTime.Utc) => Effect.Effect<ReadonlyArray<ApiKey>>
    /** Ends one living key of that user for good. False when there was none. */
    readonly revoke: (id: ApiKeyId, userId: UserId, at: DateTime.Utc) => Effect.Effect<boolean>
    /**
     * Lets a living key of that user, which was not retired before, end at `retiresAt`; at once when that is `at`. The
     * key when this very call retired it.
     */
    readonly retire: (
      id: ApiKeyId,
      userId: UserId,
      retiresAt: DateTime.Utc,
      at: DateTime.Utc
    ) => Effect.Effect<Option.Option<ApiKey>>
    /** Notes when keys were last used, in milliseconds since the epoch; never an earlier time than is known. */
    readonly markUsed: (uses: ReadonlyMap<ApiKeyId, number>) => Effect.Effect<void>
    /** Removes keys that ended before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/ApiKeys") {}

/** What must be known of a key and its user on every request. */
export interface KeyPrincipal {
  readonly keyId: ApiKeyId
  readonly userId: UserId
  readonly role: Role
  readonly isVerified: boolean
  /** Not banned, not deactivated, not deleted. */
  readonly isAdmitted: boolean
  readonly scopes: ReadonlyArray<KeyScope>
  /** Milliseconds since the epoch; 0 when it was revoked, null when it never ends by itself. */
  readonly endsAt: number | null
}

/**
 * The followed record behind authentication by key, like `Principals` and dropped with it: `Principals.invalidate` of
 * its user. A digest that nobody issued is looked up seldom however often it is asked for.
 */
export class KeyPrincipals extends Context.Service<
  KeyPrincipals,
  {
    readonly of: (digest: Uint8Array) => Effect.Effect<KeyPrincipal | undefined, TemporarilyUnavailable>
    /** The record where it may be trusted right now without asking anybody. */
    readonly peek: (digest: Uint8Array) => KeyPrincipal | undefined
  }
>()("@veza/domain/accounts/KeyPrincipals") {}
