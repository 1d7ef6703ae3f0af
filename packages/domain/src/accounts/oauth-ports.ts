import { Context, type DateTime, type Effect, type Option, type Redacted, Schema } from "effect"
import type { SessionId, UserId } from "../kernel/index.ts"
import type { OAuthDenied, OAuthFailed, OAuthProviderUnavailable } from "./oauth-errors.ts"

/** The providers there are strategies for (10-accounts, "OAuth"). */
export const OAuthProvider = Schema.Literals(["google", "github", "discord", "spotify"])
export type OAuthProvider = typeof OAuthProvider.Type

/** What a provider says of somebody who logged in there. */
export interface ProviderAccount {
  /** Never given to anybody else, unlike names and addresses. */
  readonly id: string
  readonly email: string | undefined
  /** Does the provider vouch for the address? */
  readonly isEmailVerified: boolean
  /** Names that a username may be made of, the best first. */
  readonly names: ReadonlyArray<string>
  readonly accessToken: Redacted.Redacted<string>
  readonly refreshToken: Redacted.Redacted<string> | undefined
}

/** The secrets of one log-in at a provider. */
export interface Handshake {
  readonly state: string
  /** Of PKCE (RFC 7636 §4.1). */
  readonly verifier: string
  /** Of OpenID Connect (Core §3.1.2.1). */
  readonly nonce: string
}

/** How one provider is spoken to: authorization code with PKCE S256. */
export interface OAuthStrategy {
  readonly provider: OAuthProvider
  /** Where the browser is sent to log in. */
  readonly authorizationUrl: (handshake: Handshake) => Effect.Effect<string, OAuthFailed | OAuthProviderUnavailable>
  /** Who came back, by the parameters of the callback; every check of the protocol included. */
  readonly account: (
    parameters: Readonly<Record<string, string>>,
    handshake: Handshake
  ) => Effect.Effect<ProviderAccount, OAuthDenied | OAuthFailed | OAuthProviderUnavailable>
}

export class OAuthProviders extends Context.Service<
  OAuthProviders,
  {
    /** The strategy of that name, where there is one and it is configured. */
    readonly find: (name: string) => OAuthStrategy | undefined
    /** The address as it may be redirected to, or undefined where it is not allowed (OAUTH_ALLOWED_REDIRECT_DOMAINS). */
    readonly allowedRedirect: (address: string) => string | undefined
    /** Where browsers go when they named no address. */
    readonly defaultRedirect: string
  }
>()("@veza/domain/accounts/OAuthProviders") {}

export interface OAuthState {
  readonly provider: OAuthProvider
  /** Of the secret in the cookie of the browser that began. */
  readonly browserDigest: Uint8Array
  readonly secrets: Uint8Array
  readonly redirect: string
  /** Of whoever links; undefined for a log-in. */
  readonly sessionId: SessionId | undefined
  readonly expiresAt: DateTime.Utc
}

/** Log-ins under way at a provider, by the digest of their state. */
export class OAuthStates extends Context.Service<
  OAuthStates,
  {
    readonly add: (digest: Uint8Array, state: OAuthState) => Effect.Effect<void>
    /** Uses a state up, at most once however many try; only for the provider and the browser it was made for. */
    readonly consume: (
      digest: Uint8Array,
      provider: OAuthProvider,
      browserDigest: Uint8Array,
      at: DateTime.Utc
    ) => Effect.Effect<Option.Option<OAuthState>>
    /** Removes states that ended before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/OAuthStates") {}

export interface OAuthIdentity {
  readonly id: string
  readonly userId: UserId
  readonly provider: OAuthProvider
  readonly providerUserId: string
  readonly email: string | undefined
  /**
   * The provider vouched for the address by which the account was made, or the account's owner linked the identity.
   * Otherwise somebody else may have used the address of whoever confirmed it in good faith.
   */
  readonly isVouched: boolean
  readonly createdAt: DateTime.Utc
  readonly lastUsedAt: DateTime.Utc
}

/** The tokens of an identity as they are stored: sealed by `ProviderTokens`, or plain where they are old. */
export interface StoredTokens {
  readonly accessToken: string | undefined
  readonly refreshToken: string | undefined
}

export interface TokenRow extends StoredTokens {
  readonly id: string
  readonly provider: OAuthProvider
  readonly providerUserId: string
}

export interface TokenChange {
  readonly read: TokenRow
  readonly tokens: StoredTokens
}

export class OAuthIdentities extends Context.Service<
  OAuthIdentities,
  {
    readonly find: (provider: OAuthProvider, providerUserId: string) => Effect.Effect<Option.Option<OAuthIdentity>>
    /** Of one account, the oldest first. */
    readonly of: (userId: UserId) => Effect.Effect<ReadonlyArray<OAuthIdentity>>
    /**
     * Adds an identity, or takes it from an account whose address was never confirmed. False when it belongs to somebody,
     * or the account has one of this provider already.
     */
    readonly add: (identity: OAuthIdentity, tokens: StoredTokens) => Effect.Effect<boolean>
    /** Notes a log-in and the tokens it brought; a refresh token that did not come again stays. */
    readonly markUsed: (id: string, tokens: StoredTokens, at: DateTime.Utc) => Effect.Effect<void>
    /** Removes an identity, unless the account had no other way in: no password and no other identity. */
    readonly remove: (userId: UserId, provider: OAuthProvider) => Effect.Effect<"removed" | "absent" | "last">
    /** Removes the identities of an account that nobody vouched for; answers of which providers. */
    readonly removeUnvouched: (userId: UserId) => Effect.Effect<ReadonlyArray<OAuthProvider>>
    /** Identities that hold tokens, in the order of their ids, beginning after one. */
    readonly tokensAfter: (id: string | undefined, limit: number) => Effect.Effect<ReadonlyArray<TokenRow>>
    readonly countWithTokens: Effect.Effect<number>
    /** All at once, each guarded by the tokens it was read with; answers how many this very call replaced. */
    readonly replaceTokens: (changes: ReadonlyArray<TokenChange>) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/OAuthIdentities") {}

/** In what form a stored provider token is: under the key of the day, under a former one, as it came, or beyond us. */
export type TokenForm = "current" | "former" | "plain" | "unreadable"

/** Encrypts what providers gave us; the id of the key is part of the text, so that keys can be changed. */
export class ProviderTokens extends Context.Service<
  ProviderTokens,
  {
    /** `owner` is bound to the text: it opens for no other identity. */
    readonly seal: (owner: string, token: Redacted.Redacted<string>) => Effect.Effect<string>
    readonly open: (owner: string, stored: string) => Option.Option<Redacted.Redacted<string>>
    readonly formOf: (owner: string, stored: string) => TokenForm
  }
>()("@veza/domain/accounts/ProviderTokens") {}
