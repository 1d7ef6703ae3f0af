import { Effect, Layer, type Redacted } from "effect"
import type { OAuthProvider } from "@veza/domain/accounts"
import type { Settings } from "../config.ts"
import { providerTokens } from "../crypto.ts"
import { oauthProviders, type OAuthProviderSettings } from "../oauth.ts"
import { installationSecret } from "./secret.ts"

const client = (
  provider: OAuthProvider,
  clientId: string | undefined,
  clientSecret: Redacted.Redacted<string> | undefined,
  baseUrl: string
): ReadonlyArray<OAuthProviderSettings> =>
  clientId === undefined || clientSecret === undefined ? [] : [{ provider, clientId, clientSecret, baseUrl }]

/** The providers that the settings give a client for. */
export const configuredProviders = (settings: Settings): ReadonlyArray<OAuthProviderSettings> => [
  ...client(
    "google",
    settings.OAUTH_GOOGLE_CLIENT_ID,
    settings.OAUTH_GOOGLE_CLIENT_SECRET,
    settings.OAUTH_GOOGLE_BASE_URL
  ),
  ...client(
    "github",
    settings.OAUTH_GITHUB_CLIENT_ID,
    settings.OAUTH_GITHUB_CLIENT_SECRET,
    settings.OAUTH_GITHUB_BASE_URL
  ),
  ...client(
    "discord",
    settings.OAUTH_DISCORD_CLIENT_ID,
    settings.OAUTH_DISCORD_CLIENT_SECRET,
    settings.OAUTH_DISCORD_BASE_URL
  ),
  ...client(
    "spotify",
    settings.OAUTH_SPOTIFY_CLIENT_ID,
    settings.OAUTH_SPOTIFY_CLIENT_SECRET,
    settings.OAUTH_SPOTIFY_BASE_URL
  )
]

/** The key of the providers' tokens: OAUTH_ENCRYPTION_KEY, else one derived from the installation's secret. */
export const tokenVault = (settings: Settings) =>
  Layer.unwrap(
    Effect.map(installationSecret(settings), (secret) =>
      providerTokens({
        current: settings.OAUTH_ENCRYPTION_KEY ?? secret,
        former: [secret, ...(settings.OAUTH_ENCRYPTION_FORMER_KEYS ?? [])]
      })
    )
  )

/** Log-ins at providers. */
export const oauth = (settings: Settings) =>
  Layer.merge(
    tokenVault(settings),
    oauthProviders({
      publicUrl: settings.PUBLIC_URL,
      providers: configuredProviders(settings),
      allowedHosts: settings.OAUTH_ALLOWED_REDIRECT_DOMAINS,
      allowHttp: settings.relaxed,
      defaultRedirect: new URL(settings.FRONTEND_URL).href
    })
  )
