import { Schema } from "effect"
import type { OAuthStrategy } from "@veza/domain/accounts"
import { textUpTo } from "@veza/domain/kernel"
import { ClientSecretBasic } from "oauth4webapi"
import { plainOAuth } from "./plain.ts"
import type { OAuthClient } from "./protocol.ts"

const decode = Schema.decodeUnknownSync(
  Schema.Struct({
    id: textUpTo(255).check(Schema.isMinLength(1)),
    display_name: Schema.optional(Schema.NullOr(Schema.String)),
    email: Schema.optional(Schema.String)
  })
)

const apiOf = (baseUrl: string): string =>
  baseUrl === "https://accounts.spotify.com" ? "https://api.spotify.com" : baseUrl

/** Spotify vouches for no address: “there is no proof that it actually belongs to the user” (its Web API reference). */
export const spotify = (client: OAuthClient): OAuthStrategy =>
  plainOAuth(client, {
    provider: "spotify",
    issuer: client.baseUrl,
    authorizationEndpoint: `${client.baseUrl}/authorize`,
    tokenEndpoint: `${client.baseUrl}/api/token`,
    scope: "user-read-email",
    authentication: ClientSecretBasic,
    account: async (get) => {
      const { id, display_name, email } = decode(await get(`${apiOf(client.baseUrl)}/v1/me`))
      return { id, email, isEmailVerified: false, names: [display_name ?? ""] }
    }
  })
