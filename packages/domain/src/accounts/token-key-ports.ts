import { Context } from "effect"

/** The public half of a key that verifies access tokens, as others may read it (RFC 7517). */
export interface PublishedKey {
  /** The RFC 7638 thumbprint. */
  readonly kid: string
  readonly alg: "RS256" | "EdDSA"
  readonly jwk: Readonly<Record<string, unknown>>
}

/** What other services verify our access tokens with; empty where a shared secret signs them. */
export class PublishedKeys extends Context.Service<PublishedKeys, { readonly all: ReadonlyArray<PublishedKey> }>()(
  "@veza/domain/accounts/PublishedKeys"
) {}
