import { DateTime, Effect, Redacted } from "effect"
import { type Actor, Sealing, InsufficientScope, Secrets } from "../kernel/index.ts"
import { OAuthProviderNotFound, RedirectNotAllowed } from "./oauth-errors.ts"
import { OAuthProviders, OAuthStates } from "./oauth-ports.ts"
import { requireFresh } from "./step-up.ts"

/** Minutes for which a log-in at a provider may take (10-accounts, "OAuth"). */
export const oauthMinutes = 10
/** What the secrets of a handshake are sealed for. */
export const handshakePurpose = "oauth handshake"

const sessionOf = Effect.fnUntraced(function* (actor: Actor) {
  if (actor._tag === "Anonymous") return undefined
  if (actor.by === "key") return yield* new InsufficientScope()
  yield* requireFresh(actor)
  return actor.sessionId
})

/**
 * Begins a log-in at a provider, or for somebody signed in the linking of an identity, which needs a fresh proof of who
 * they are. `browser` must be kept by the browser that goes there: without it nobody can come back.
 */
export const beginOAuth = Effect.fn("accounts.beginOAuth")(function* (
  actor: Actor,
  name: string,
  requested: string | undefined
) {
  const providers = yield* OAuthProviders
  const strategy = providers.find(name)
  if (strategy === undefined) return yield* new OAuthProviderNotFound()
  const redirect = requested === undefined ? providers.defaultRedirect : providers.allowedRedirect(requested)
  if (redirect === undefined) return yield* new RedirectNotAllowed()
  const sessionId = yield* sessionOf(actor)
  const secrets = yield* Secrets
  const [state, browser, verifier, nonce] = yield* Effect.all([
    secrets.issue,
    secrets.issue,
    Effect.map(secrets.issue, ({ secret }) => Redacted.value(secret)),
    Effect.map(secrets.issue, ({ secret }) => Redacted.value(secret))
  ])
  const handshake = { state: Redacted.value(state.secret), verifier, nonce }
  const url = yield* strategy.authorizationUrl(handshake)
  yield* (yield* OAuthStates).add(state.digest, {
    provider: strategy.provider,
    browserDigest: browser.digest,
    secrets: yield* (yield* Sealing).seal(handshakePurpose, Redacted.make(`${verifier}.${nonce}`)),
    redirect,
    sessionId,
    expiresAt: DateTime.add(yield* DateTime.now, { minutes: oauthMinutes })
  })
  return { url, browser: browser.secret }
})
