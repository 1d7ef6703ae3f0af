import { DateTime, Effect, Option, Redacted } from "effect"
import { type Actor, Sealing, Secrets, Transaction } from "../kernel/index.ts"
import { EmailNotVerified } from "./errors.ts"
import { enterByIdentity } from "./oauth-enter.ts"
import { OAuthProviderNotFound, OAuthStateInvalid } from "./oauth-errors.ts"
import { linkIdentity } from "./oauth-link.ts"
import { OAuthProviders, type OAuthState, OAuthStates, type OAuthStrategy, ProviderTokens } from "./oauth-ports.ts"
import { handshakePurpose } from "./oauth-start.ts"
import { tokensOf } from "./open-session.ts"

/** What a browser brings back from a provider. */
export interface OAuthCallback {
  /** The query of the callback, as it came. */
  readonly parameters: Readonly<Record<string, string>>
  /** The secret of the browser's cookie; empty where it has none. */
  readonly browser: Redacted.Redacted<string>
}

/** A state that was used up: where to go afterwards is known from now on, whatever happens. */
export interface Arrival {
  readonly strategy: OAuthStrategy
  readonly state: OAuthState
  readonly callback: OAuthCallback
}

/**
 * Uses up the state that a callback names, once, in the browser that began and at the provider it began with
 * (RFC 9700 §4.4, §4.7). What went wrong before is nobody's log-in.
 */
export const arriveByOAuth = Effect.fn("accounts.arriveByOAuth")(function* (name: string, callback: OAuthCallback) {
  const strategy = (yield* OAuthProviders).find(name)
  if (strategy === undefined) return yield* new OAuthProviderNotFound()
  const { digest } = yield* Secrets
  const state = yield* (yield* OAuthStates).consume(
    digest(Redacted.make(callback.parameters["state"] ?? "")),
    strategy.provider,
    digest(callback.browser),
    yield* DateTime.now
  )
  if (Option.isNone(state)) return yield* new OAuthStateInvalid()
  return { strategy, state: state.value, callback } satisfies Arrival
})

const handshakeOf = Effect.fnUntraced(function* ({ state, callback }: Arrival) {
  const opened = Option.getOrUndefined((yield* Sealing).open(handshakePurpose, state.secrets))
  const [verifier, nonce] = opened === undefined ? [] : Redacted.value(opened).split(".")
  if (verifier === undefined || nonce === undefined) return yield* new OAuthStateInvalid()
  return { state: callback.parameters["state"] ?? "", verifier, nonce }
})

/**
 * Ends a log-in at a provider (10-accounts, "OAuth"). Who is known is signed in, who is new gets an account, and whoever
 * was signed in when it began has the identity linked. The provider is asked before anything is written.
 */
export const completeOAuth = Effect.fn("accounts.completeOAuth")(function* (actor: Actor, arrival: Arrival) {
  const { strategy, state, callback } = arrival
  const account = yield* strategy.account(callback.parameters, yield* handshakeOf(arrival))
  const { seal } = yield* ProviderTokens
  const owner = `${strategy.provider} ${account.id}`
  const identity = {
    provider: strategy.provider,
    account,
    tokens: {
      accessToken: yield* seal(owner, account.accessToken),
      refreshToken: account.refreshToken === undefined ? undefined : yield* seal(owner, account.refreshToken)
    }
  }
  const { atomically } = yield* Transaction
  if (state.sessionId !== undefined) {
    yield* atomically(linkIdentity(actor, state.sessionId, identity))
    return Option.none()
  }
  // Two browsers at once with a new identity: the one that comes second finds what the first has made.
  const entered = yield* Effect.retry(atomically(enterByIdentity(actor, identity)), {
    times: 1,
    while: (error) => error._tag === "IdentityTaken" || error._tag === "AccountExists"
  })
  if (entered._tag === "Unverified") return yield* new EmailNotVerified()
  if (entered._tag === "Challenged") return yield* entered.required
  return Option.some(yield* tokensOf(entered.user, entered.opened))
})
