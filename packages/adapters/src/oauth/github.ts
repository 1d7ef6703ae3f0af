import { Schema } from "effect"
import type { OAuthStrategy } from "@veza/domain/accounts"
import { ClientSecretPost } from "oauth4webapi"
import { plainOAuth } from "./plain.ts"
import type { OAuthClient } from "./protocol.ts"

const decodeUser = Schema.decodeUnknownSync(
  Schema.Struct({ id: Schema.Int, login: Schema.String, name: Schema.optional(Schema.NullOr(Schema.String)) })
)
const decodeEmails = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ email: Schema.String, primary: Schema.Boolean, verified: Schema.Boolean }))
)

/** GitHub's interface lies on a host of its own; that of an enterprise server beneath its address. */
const apiOf = (baseUrl: string): string =>
  baseUrl === "https://github.com" ? "https://api.github.com" : `${baseUrl}/api/v3`

/** GitHub: the primary address counts, and whether it is verified only `/user/emails` tells. */
export const github = (client: OAuthClient): OAuthStrategy =>
  plainOAuth(client, {
    provider: "github",
    issuer: `${client.baseUrl}/login/oauth`,
    authorizationEndpoint: `${client.baseUrl}/login/oauth/authorize`,
    tokenEndpoint: `${client.baseUrl}/login/oauth/access_token`,
    scope: "read:user user:email",
    authentication: ClientSecretPost,
    account: async (get) => {
      const { id, login, name } = decodeUser(await get(`${apiOf(client.baseUrl)}/user`))
      const emails = decodeEmails(await get(`${apiOf(client.baseUrl)}/user/emails`))
      const primary = emails.find((one) => one.primary)
      return {
        id: String(id),
        email: primary?.email,
        isEmailVerified: primary?.verified === true,
        names: [login, name ?? ""]
      }
    }
  })
