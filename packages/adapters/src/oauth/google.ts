import { Redacted, Schema } from "effect"
import type { OAuthStrategy } from "@veza/domain/accounts"
import { textUpTo } from "@veza/domain/kernel"
import * as oauth from "oauth4webapi"
import { authorizationUrl, conversation, exchange, type OAuthClient, opening, optionsOf } from "./protocol.ts"

/** Claims of the ID token (OpenID Connect Core §2, §5.1). */
const Claims = Schema.Struct({
  sub: textUpTo(255).check(Schema.isMinLength(1)),
  email: Schema.optional(Schema.String),
  email_verified: Schema.optional(Schema.Boolean),
  name: Schema.optional(Schema.String)
})
const decode = Schema.decodeUnknownSync(Claims)

/** Milliseconds for which the provider's metadata and keys are kept. */
const keepFor = 60 * 60 * 1000

const discover = async (client: OAuthClient): Promise<oauth.AuthorizationServer> => {
  const issuer = new URL(client.baseUrl)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, optionsOf(client)))
}

/** Google as an OpenID provider: the ID token says who it is, checked with signature, issuer, audience and nonce. */
export const google = (client: OAuthClient): OAuthStrategy => {
  let known: { readonly server: oauth.AuthorizationServer; readonly until: number } | undefined
  const server = async (): Promise<oauth.AuthorizationServer> => {
    if (known === undefined || known.until < performance.now()) {
      known = { server: await discover(client), until: performance.now() + keepFor }
    }
    return known.server
  }
  return {
    provider: "google",
    authorizationUrl: (handshake) =>
      opening("google", async () =>
        authorizationUrl(await server(), client, handshake, { scope: "openid email profile", nonce: handshake.nonce })
      ),
    account: (parameters, handshake) =>
      conversation("google", async () => {
        const authorization = await server()
        const secret = oauth.ClientSecretPost(client.clientSecret)
        const response = await exchange(authorization, client, secret, parameters, handshake)
        const tokens = await oauth.processAuthorizationCodeResponse(
          authorization,
          { client_id: client.clientId },
          response,
          { expectedNonce: handshake.nonce, requireIdToken: true }
        )
        await oauth.validateApplicationLevelSignature(authorization, response, optionsOf(client))
        const { sub, email, email_verified, name } = decode(oauth.getValidatedIdTokenClaims(tokens))
        return {
          id: sub,
          email,
          isEmailVerified: email !== undefined && email_verified === true,
          names: name === undefined ? [] : [name],
          accessToken: Redacted.make(tokens.access_token),
          refreshToken: tokens.refresh_token === undefined ? undefined : Redacted.make(tokens.refresh_token)
        }
      })
  }
}
