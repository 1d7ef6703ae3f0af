import { Layer, type Redacted, Redacted as Secret } from "effect"
import { type OAuthProvider, OAuthProviders, type OAuthStrategy } from "@veza/domain/accounts"
import { discord } from "./discord.ts"
import { github } from "./github.ts"
import { google } from "./google.ts"
import type { OAuthClient } from "./protocol.ts"
import { redirectRule } from "./redirects.ts"
import { spotify } from "./spotify.ts"

const strategies: Readonly<Record<OAuthProvider, (client: OAuthClient) => OAuthStrategy>> = {
  google,
  github,
  discord,
  spotify
}

export interface OAuthProviderSettings {
  readonly provider: OAuthProvider
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted<string>
  readonly baseUrl: string
}

export interface OAuthSettings {
  /** Where browsers reach this API. */
  readonly publicUrl: string
  readonly providers: ReadonlyArray<OAuthProviderSettings>
  readonly allowedHosts: ReadonlyArray<string>
  /** Plain http is allowed where there is no TLS: development and test. */
  readonly allowHttp: boolean
  readonly defaultRedirect: string
}

const withoutSlash = (url: string): string => url.replace(/\/+$/u, "")

/** The strategies of the providers that are configured. */
export const oauthProviders = (settings: OAuthSettings) =>
  Layer.sync(OAuthProviders, () => {
    const known = new Map<string, OAuthStrategy>(
      settings.providers.map(({ provider, clientId, clientSecret, baseUrl }) => [
        provider,
        strategies[provider]({
          clientId,
          clientSecret: Secret.value(clientSecret),
          baseUrl: withoutSlash(baseUrl),
          redirectUri: `${withoutSlash(settings.publicUrl)}/api/v1/auth/oauth/${provider}/callback`
        })
      ])
    )
    return OAuthProviders.of({
      find: (name) => known.get(name),
      allowedRedirect: redirectRule(settings.allowedHosts, settings.allowHttp),
      defaultRedirect: settings.defaultRedirect
    })
  })
