export { oauthProviders, type OAuthProviderSettings, type OAuthSettings } from "./oauth/providers.ts"
export { redirectRule } from "./oauth/redirects.ts"
