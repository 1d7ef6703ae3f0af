import { Schema } from "effect"
import type { OAuthStrategy } from "@veza/domain/accounts"
import { ClientSecretPost } from "oauth4webapi"
import { plainOAuth } from "./plain.ts"
import type { OAuthClient } from "./protocol.ts"

const decode = Schema.decodeUnknownSync(
  Schema.Struct({
    id: Schema.String.check(Schema.isPattern(/^\d{1,32}$/u)),
    username: Schema.String,
    global_name: Schema.optional(Schema.NullOr(Schema.String)),
    email: Schema.optional(Schema.NullOr(Schema.String)),
    verified: Schema.optional(Schema.Boolean)
  })
)

export const discord = (client: OAuthClient): OAuthStrategy =>
  plainOAuth(client, {
    provider: "discord",
    issuer: client.baseUrl,
    authorizationEndpoint: `${client.baseUrl}/oauth2/authorize`,
    tokenEndpoint: `${client.baseUrl}/api/oauth2/token`,
    scope: "identify email",
    authentication: ClientSecretPost,
    account: async (get) => {
      const { id, username, global_name, email, verified } = decode(await get(`${client.baseUrl}/api/v10/users/@me`))
      return {
        id,
        email: email ?? undefined,
        isEmailVerified: typeof email === "string" && verified === true,
        names: [username, global_name ?? ""]
      }
    }
  })
