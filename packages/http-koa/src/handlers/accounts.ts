import { DateTime, Effect, Metric, Redacted } from "effect"
import * as Accounts from "@veza/domain/accounts"
import { RequestActor, SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { clearTokenCookies, setTokenCookies } from "../koa/cookies.ts"
import { Csrf } from "../koa/csrf.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { HostSettings, type Services } from "../koa/services.ts"

export const ownUser = (user: Accounts.User) => ({
  id: user.id,
  email: user.email,
  username: user.username,
  display_name: user.displayName,
  role: user.role,
  is_verified: user.isVerified,
  birthdate: user.birthdate,
  promoted_to_creator_at: user.promotedToCreatorAt,
  created_at: user.createdAt
})

const registered = Metric.counter("veza_users_registered_total", {
  description: "Registrations taken in, confirmed or not",
  incremental: true
})
const logins = Metric.counter("veza_auth_login_attempts_total", {
  description: "Log-ins by outcome",
  incremental: true
})
const countLogin = (outcome: string) => Metric.update(Metric.withAttributes(logins, { outcome }), 1)

const register: Handlers["auth"]["register"] = Effect.fnUntraced(function* ({ payload }) {
  const account = yield* Accounts.register(yield* RequestActor, {
    ...payload,
    password: Redacted.make(payload.password)
  })
  yield* Metric.update(registered, 1)
  return {
    user: { id: account.id, username: account.username, email: account.email },
    verification_required: true as const,
    message: "Please confirm your e-mail address with the link we have sent you."
  }
})

const verifyEmail: Handlers["auth"]["verifyEmail"] = Effect.fnUntraced(function* ({ headers, payload, query }) {
  if (query.token !== undefined) yield* Effect.logWarning("deprecated: verification token in the query")
  const token = headers["x-verify-token"] ?? payload.token ?? query.token ?? ""
  yield* Accounts.verifyEmail(yield* RequestActor, Redacted.make(token))
  return { message: "Your e-mail address is confirmed. You can log in now." }
})

const resendVerification: Handlers["auth"]["resendVerification"] = Effect.fnUntraced(function* ({ payload }) {
  yield* Accounts.resendVerification(yield* RequestActor, payload.email)
  return { message: "If a registration waits for this address, a new link is on its way." }
})

const login: Handlers["auth"]["login"] = Effect.fnUntraced(function* ({ payload }) {
  const settings = yield* HostSettings
  const signedIn = yield* Accounts.login(yield* RequestActor, {
    email: payload.email,
    password: Redacted.make(payload.password),
    rememberMe: payload.remember_me ?? false
  }).pipe(Effect.tapError((error) => countLogin(error._tag)))
  yield* countLogin("ok")
  const access = Redacted.value(signedIn.access.token)
  const refresh = Redacted.value(signedIn.refreshToken)
  const now = yield* DateTime.now
  setTokenCookies(yield* Exchange, settings.cookies, {
    access,
    accessAge: signedIn.access.expiresIn,
    refresh,
    refreshAge: Math.floor((signedIn.refreshExpiresAt.epochMilliseconds - now.epochMilliseconds) / 1000)
  })
  return {
    user: ownUser(signedIn.user),
    access_token: access,
    refresh_token: refresh,
    expires_in: signedIn.access.expiresIn,
    token_type: "Bearer" as const
  }
})

const logout: Handlers["auth"]["logout"] = Effect.fnUntraced(function* () {
  yield* Accounts.logout(yield* SignedInActor)
  clearTokenCookies(yield* Exchange, (yield* HostSettings).cookies)
  return { message: "Logged out" }
})

const me: Handlers["auth"]["me"] = Effect.fnUntraced(function* () {
  return ownUser(yield* Accounts.whoAmI(yield* SignedInActor))
})

const csrf: Handlers["auth"]["csrf"] = Effect.fnUntraced(function* () {
  return { csrf_token: (yield* Csrf).tokenOf((yield* SignedInActor).sessionId) }
})

const upgradeCreator: Handlers["users"]["upgradeCreator"] = Effect.fnUntraced(function* () {
  const { alreadyElevated, role, promotedToCreatorAt } = yield* Accounts.upgradeCreator(yield* SignedInActor)
  return { role, already_elevated: alreadyElevated, promoted_to_creator_at: promotedToCreatorAt }
})

type Handlers = HandlersOf<typeof Api, Services>

export const auth: Handlers["auth"] = { register, verifyEmail, resendVerification, login, logout, me, csrf }
export const users: Handlers["users"] = { upgradeCreator }
