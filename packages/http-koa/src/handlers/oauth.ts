import { Effect, Metric, Option, Redacted } from "effect"
import * as Accounts from "@veza/domain/accounts"
import { RequestActor, SessionActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { CsrfRefused, rowOf } from "../contract/errors.ts"
import { accessTokenCookie } from "../koa/cookies.ts"
import { Csrf } from "../koa/csrf.ts"
import { Exchange, type KoaContext } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { clearOAuthCookie, oauthCookie, setOAuthCookie } from "../koa/oauth-cookie.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { handOut } from "./accounts.ts"
import { wholeList } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>["oauth"]

const logins = Metric.counter("veza_auth_oauth_total", {
  description: "Log-ins and links through providers, by provider and outcome",
  incremental: true
})
const count = (provider: string, outcome: string) =>
  Metric.update(Metric.withAttributes(logins, { provider, outcome }), 1)

const sendTo = (ctx: KoaContext, url: string): void => {
  ctx.status = 302
  ctx.set("Location", url)
  ctx.body = ""
}

/** The challenge of a second factor goes in the fragment, which neither logs nor referrers see. */
const withError = (address: string, error: { readonly _tag: string }): string => {
  const url = new URL(address)
  url.searchParams.set("error", rowOf(error)?.code ?? "INTERNAL_ERROR")
  if (error instanceof Accounts.TwoFactorRequired) url.hash = `challenge=${encodeURIComponent(error.challenge)}`
  return url.href
}

/**
 * Linking changes who may get into an account, and this is a GET: a page of another site must not begin it with the
 * cookies of whoever visits.
 */
const ensureOwnSite = Effect.fnUntraced(function* (ctx: KoaContext) {
  const actor = yield* RequestActor
  const byCookie = accessTokenCookie(ctx) !== ""
  if (actor._tag === "SignedIn" && byCookie && !(yield* Csrf).allows(ctx, "origin", byCookie, undefined)) {
    return yield* new CsrfRefused()
  }
})

const start: Handlers["start"] = Effect.fnUntraced(function* ({ params, query }) {
  const ctx = yield* Exchange
  yield* ensureOwnSite(ctx)
  const { url, browser } = yield* Accounts.beginOAuth(yield* RequestActor, params.provider, query.redirect)
  setOAuthCookie(ctx, (yield* HostSettings).cookies, Redacted.value(browser), Accounts.oauthMinutes * 60)
  sendTo(ctx, url)
})

const finish = Effect.fnUntraced(function* (arrival: Accounts.Arrival) {
  const entered = yield* Accounts.completeOAuth(yield* RequestActor, arrival)
  if (Option.isSome(entered)) yield* handOut(entered.value)
  return arrival.state.redirect
})

/** Whatever goes wrong with a log-in, the browser ends at the front end and learns why by a code. */
const callback: Handlers["callback"] = Effect.fnUntraced(function* ({ params, query }) {
  const ctx = yield* Exchange
  const browser = Redacted.make(oauthCookie(ctx))
  clearOAuthCookie(ctx, (yield* HostSettings).cookies)
  const { defaultRedirect } = yield* Accounts.OAuthProviders
  let back = defaultRedirect
  const target = yield* Accounts.arriveByOAuth(params.provider, { parameters: { ...query }, browser }).pipe(
    Effect.tap(({ state }) => Effect.sync(() => (back = state.redirect))),
    Effect.flatMap(finish),
    Effect.tap(() => count(params.provider, "ok")),
    Effect.catchIf(
      (error) => error._tag !== "OAuthProviderNotFound",
      (error) => Effect.as(count(params.provider, error._tag), withError(back, error))
    )
  )
  sendTo(ctx, target)
})

const identities: Handlers["identities"] = Effect.fnUntraced(function* () {
  const found = yield* Accounts.listIdentities(yield* SessionActor)
  const views = found.map(({ provider, email, createdAt, lastUsedAt }) => ({
    provider,
    email: email ?? null,
    created_at: createdAt,
    last_used_at: lastUsedAt
  }))
  return wholeList(views)
})

const unlink: Handlers["unlink"] = Effect.fnUntraced(function* ({ params }) {
  yield* Accounts.unlinkIdentity(yield* SessionActor, params.provider)
  return { message: "The provider is unlinked" }
})

export const oauth: Handlers = { start, callback, identities, unlink }
