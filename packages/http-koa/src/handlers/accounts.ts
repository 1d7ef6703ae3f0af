import { Context, DateTime, Effect, Metric, Redacted } from "effect"
import * as Accounts from "@veza/domain/accounts"
import type { Actor } from "@veza/domain/kernel"
import { RequestActor, SessionActor, SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { deviceOf } from "../koa/device.ts"
import { clearTokenCookies, refreshTokenCookie, setTokenCookies } from "../koa/cookies.ts"
import { Csrf } from "../koa/csrf.ts"
import { Exchange, type KoaContext } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { proofOf } from "./proof-of.ts"
import { wholeList } from "./pagination.ts"

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

type OwnUserView = ReturnType<typeof ownUser>
const views = new WeakMap<Accounts.User, OwnUserView>()
/** The view of a record that is followed: the same object as long as the record is the same. */
const followedView = (user: Accounts.User): OwnUserView => {
  const known = views.get(user)
  if (known !== undefined) return known
  const view = ownUser(user)
  views.set(user, view)
  return view
}

const registered = Metric.counter("veza_users_registered_total", {
  description: "Registrations taken in, confirmed or not",
  incremental: true
})
const logins = Metric.counter("veza_auth_login_attempts_total", {
  description: "Log-ins by outcome",
  incremental: true
})
/** Counts a log-in, or one of its two steps, by how it ended. */
export const countLogin = (outcome: string) => Metric.update(Metric.withAttributes(logins, { outcome }), 1)

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

/** Sets both cookies and answers the tokens for those who keep them themselves. */
export const handOut = Effect.fnUntraced(function* (issued: {
  readonly access: { readonly token: Redacted.Redacted<string>; readonly expiresIn: number }
  readonly refreshToken: Redacted.Redacted<string>
  readonly refreshExpiresAt: DateTime.Utc
}) {
  const access = Redacted.value(issued.access.token)
  const refresh = Redacted.value(issued.refreshToken)
  const now = yield* DateTime.now
  setTokenCookies(yield* Exchange, (yield* HostSettings).cookies, {
    access,
    accessAge: issued.access.expiresIn,
    refresh,
    refreshAge: Math.floor((issued.refreshExpiresAt.epochMilliseconds - now.epochMilliseconds) / 1000)
  })
  return {
    access_token: access,
    refresh_token: refresh,
    expires_in: issued.access.expiresIn,
    token_type: "Bearer" as const
  }
})

const login: Handlers["auth"]["login"] = Effect.fnUntraced(function* ({ payload }) {
  const signedIn = yield* Accounts.login(yield* RequestActor, {
    email: payload.email,
    password: Redacted.make(payload.password),
    rememberMe: payload.remember_me ?? false,
    secondFactor: proofOf(payload.totp_code, payload.backup_code)
  }).pipe(Effect.tapError((error) => countLogin(error._tag)))
  yield* countLogin("ok")
  const tokens = yield* handOut(signedIn)
  return { user: ownUser(signedIn.user), ...tokens }
})

const requestPasswordReset: Handlers["auth"]["requestPasswordReset"] = Effect.fnUntraced(function* ({ payload }) {
  yield* Accounts.requestPasswordReset(yield* RequestActor, payload.email)
  return { message: "If this address has an account, a link to choose a new password is on its way." }
})

const resetPassword: Handlers["auth"]["resetPassword"] = Effect.fnUntraced(function* ({ payload }) {
  const replacement = Redacted.make(payload.new_password)
  yield* Accounts.resetPassword(yield* RequestActor, Redacted.make(payload.token), replacement)
  return { message: "Your password is changed. You can log in now." }
})

const changePassword: Handlers["users"]["changePassword"] = Effect.fnUntraced(function* ({ payload }) {
  yield* Accounts.changePassword(yield* SessionActor, {
    current: Redacted.make(payload.current_password),
    replacement: Redacted.make(payload.new_password)
  })
  return { message: "Your password is changed. Other devices are signed out." }
})

const refresh: Handlers["auth"]["refresh"] = Effect.fnUntraced(function* ({ payload }) {
  const ctx = yield* Exchange
  const presented = refreshTokenCookie(ctx) || payload.refresh_token || ""
  const refreshed = yield* Accounts.refresh(yield* RequestActor, Redacted.make(presented))
  return { message: "Token refreshed successfully" as const, ...(yield* handOut(refreshed)) }
})

const checkUsername: Handlers["auth"]["checkUsername"] = Effect.fnUntraced(function* ({ query }) {
  const { available, suggestion } = yield* Accounts.checkUsername(query.username)
  return suggestion === undefined ? { available } : { available, suggestion }
})

const sessions: Handlers["auth"]["sessions"] = Effect.fnUntraced(function* () {
  const actor = yield* SessionActor
  const living = yield* Accounts.listSessions(actor)
  const views = living.map((session) => ({
    id: session.id,
    ip: session.ip,
    user_agent: session.userAgent,
    device: deviceOf(session.userAgent),
    created_at: session.createdAt,
    last_used_at: session.lastUsedAt,
    expires_at: session.expiresAt,
    current: session.id === actor.sessionId
  }))
  return wholeList(views)
})

const revokeSession: Handlers["auth"]["revokeSession"] = Effect.fnUntraced(function* ({ params }) {
  yield* Accounts.revokeSession(yield* SessionActor, params.id)
  return { message: "The device is signed out" }
})

const logoutAll: Handlers["auth"]["logoutAll"] = Effect.fnUntraced(function* () {
  yield* Accounts.logoutEverywhere(yield* SessionActor)
  clearTokenCookies(yield* Exchange, (yield* HostSettings).cookies)
  return { message: "Every device is signed out" }
})

const logout: Handlers["auth"]["logout"] = Effect.fnUntraced(function* () {
  yield* Accounts.logout(yield* SessionActor)
  clearTokenCookies(yield* Exchange, (yield* HostSettings).cookies)
  return { message: "Logged out" }
})

const me: Handlers["auth"]["me"] = () => Effect.map(Effect.flatMap(SignedInActor, Accounts.whoAmI), followedView)

/** The caller's own account at the call, while it is followed. */
export const meAtOnce = (services: Context.Context<Accounts.Profiles>) => {
  const profiles = Context.get(services, Accounts.Profiles)
  return (_ctx: KoaContext, actor: Actor): OwnUserView | undefined => {
    const user = actor._tag === "SignedIn" ? profiles.peek(actor.userId) : undefined
    return user && followedView(user)
  }
}

const csrf: Handlers["auth"]["csrf"] = Effect.fnUntraced(function* () {
  return { csrf_token: (yield* Csrf).tokenOf((yield* SessionActor).sessionId) }
})

const upgradeCreator: Handlers["users"]["upgradeCreator"] = Effect.fnUntraced(function* () {
  const { alreadyElevated, role, promotedToCreatorAt } = yield* Accounts.upgradeCreator(yield* SessionActor)
  return { role, already_elevated: alreadyElevated, promoted_to_creator_at: promotedToCreatorAt }
})

type Handlers = HandlersOf<typeof Api, Services>

export const auth: Handlers["auth"] = {
  register,
  verifyEmail,
  resendVerification,
  login,
  requestPasswordReset,
  resetPassword,
  refresh,
  checkUsername,
  sessions,
  revokeSession,
  logoutAll,
  logout,
  me,
  csrf
}
export const users: Handlers["users"] = { changePassword, upgradeCreator }
