import { Redacted } from "effect"
import type { OAuthProvider, OAuthStrategy, ProviderAccount } from "@veza/domain/accounts"
import * as oauth from "oauth4webapi"
import { authorizationUrl, conversation, exchange, type OAuthClient, opening, optionsOf } from "./protocol.ts"

/** What is particular about a provider that speaks OAuth 2 and tells by an interface of its own who somebody is. */
export interface PlainProvider {
  readonly provider: OAuthProvider
  /** What it calls itself in `iss`, where it sends one (RFC 9207). */
  readonly issuer: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly scope: string
  readonly authentication: (secret: string) => oauth.ClientAuth
  /** Who somebody is; `get` reads an address with their token. */
  readonly account: (
    get: (url: string) => Promise<unknown>
  ) => Promise<Pick<ProviderAccount, "id" | "email" | "isEmailVerified" | "names">>
}

const reader =
  (client: OAuthClient, token: string) =>
  async (url: string): Promise<unknown> => {
    const headers = new Headers({ accept: "application/json", "user-agent": "Veza" })
    const response = await oauth.protectedResourceRequest(token, "GET", new URL(url), headers, null, optionsOf(client))
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
    return response.json()
  }

/** The strategy of such a provider. */
export const plainOAuth = (client: OAuthClient, about: PlainProvider): OAuthStrategy => {
  const server: oauth.AuthorizationServer = {
    issuer: about.issuer,
    authorization_endpoint: about.authorizationEndpoint,
    token_endpoint: about.tokenEndpoint
  }
  return {
    provider: about.provider,
    authorizationUrl: (handshake) =>
      opening(about.provider, () => authorizationUrl(server, client, handshake, { scope: about.scope })),
    account: (parameters, handshake) =>
      conversation(about.provider, async () => {
        const secret = about.authentication(client.clientSecret)
        const response = await exchange(server, client, secret, parameters, handshake)
        const tokens = await oauth.processAuthorizationCodeResponse(server, { client_id: client.clientId }, response)
        const account = await about.account(reader(client, tokens.access_token))
        return {
          ...account,
          accessToken: Redacted.make(tokens.access_token),
          refreshToken: tokens.refresh_token === undefined ? undefined : Redacted.make(tokens.refresh_token)
        }
      })
  }
}
