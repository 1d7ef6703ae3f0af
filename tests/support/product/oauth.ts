import { Schema } from "effect"
import { startOidc } from "../oidc.ts"
import { type ProductOptions, startProduct } from "../product.ts"
import { dataOf, type Session } from "./session.ts"

const publicUrl = "http://api.veza.test"
export const frontEnd = "http://front.veza.test"
/** Where somebody begins to log in with the provider. */
export const oauthStart = "/api/v1/auth/oauth/google"
/** Where the provider sends them back to. */
export const oauthCallback = `${publicUrl}${oauthStart}/callback`

/** A product whose people may log in with an OpenID provider of the test's own, under the name of Google. */
export const startWithProvider = async ({ apis = 1 }: Pick<ProductOptions, "apis"> = {}) => {
  const google = await startOidc(oauthCallback)
  const product = await startProduct({
    apis,
    env: {
      PUBLIC_URL: publicUrl,
      OAUTH_GOOGLE_BASE_URL: google.issuer,
      OAUTH_GOOGLE_CLIENT_ID: google.client.id,
      OAUTH_GOOGLE_CLIENT_SECRET: google.client.secret,
      OAUTH_ALLOWED_REDIRECT_DOMAINS: new URL(frontEnd).hostname
    }
  })
  return { product, google }
}

/** The headers that a page of ours sends with a change, beside the cookie. */
export const byCookie = async (session: Session): Promise<Readonly<Record<string, string>>> => {
  const Token = Schema.Struct({ csrf_token: Schema.String })
  const { csrf_token } = dataOf(Token, await session.get("/api/v1/auth/csrf"))
  return { "x-csrf-token": csrf_token, "sec-fetch-site": "same-origin" }
}
