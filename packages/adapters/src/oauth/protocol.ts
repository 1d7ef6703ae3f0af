import { Effect } from "effect"
import { type Handshake, OAuthDenied, OAuthFailed, OAuthProviderUnavailable } from "@veza/domain/accounts"
import * as oauth from "oauth4webapi"
import { boundedFetch, Unreachable } from "../outbound/bounded-fetch.ts"

/** How this installation is known at one provider. */
export interface OAuthClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly redirectUri: string
}

/** Plain HTTP only where the configuration names it, which it may in development and test. */
export const optionsOf = ({ baseUrl }: OAuthClient) => ({
  [oauth.customFetch]: boundedFetch,
  [oauth.allowInsecureRequests]: baseUrl.startsWith("http:")
})

/** The address of the authorization request: code flow, PKCE S256 (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export const authorizationUrl = async (
  server: oauth.AuthorizationServer,
  client: OAuthClient,
  handshake: Handshake,
  more: Readonly<Record<string, string>>
): Promise<string> => {
  const url = new URL(server.authorization_endpoint ?? "")
  const parameters = {
    response_type: "code",
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    state: handshake.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(handshake.verifier),
    code_challenge_method: "S256",
    ...more
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** Checks the callback (state, errors, and the issuer of RFC 9207) and exchanges its code. */
export const exchange = async (
  server: oauth.AuthorizationServer,
  client: OAuthClient,
  authentication: oauth.ClientAuth,
  parameters: Readonly<Record<string, string>>,
  handshake: Handshake
): Promise<Response> => {
  const known = { client_id: client.clientId }
  const checked = oauth.validateAuthResponse(server, known, new URLSearchParams(parameters), handshake.state)
  return oauth.authorizationCodeGrantRequest(
    server,
    known,
    authentication,
    checked,
    client.redirectUri,
    handshake.verifier,
    optionsOf(client)
  )
}

const failureOf = (error: unknown) => {
  if (error instanceof Unreachable) return new OAuthProviderUnavailable({ retryAfter: 5 })
  return error instanceof oauth.AuthorizationResponseError && error.error === "access_denied"
    ? new OAuthDenied()
    : new OAuthFailed()
}

/** The message and, where a library wrapped it, what it was about. */
const tell = (error: unknown): string =>
  error instanceof Error
    ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ""}`
    : String(error)

/** A conversation with a provider as an effect; the reason of a failure goes to the log, where no secret does. */
export const conversation = <A>(provider: string, talk: () => Promise<A>) =>
  Effect.tryPromise({ try: talk, catch: (error) => ({ error }) }).pipe(
    Effect.tapError(({ error }) =>
      Effect.logWarning("a log-in at a provider failed", { provider, reason: tell(error) })
    ),
    Effect.mapError(({ error }) => failureOf(error))
  )

/** The beginning of one, in which nobody has been asked yet. */
export const opening = <A>(provider: string, talk: () => Promise<A>) =>
  Effect.catchTag(conversation(provider, talk), "OAuthDenied", () => Effect.fail(new OAuthFailed()))
