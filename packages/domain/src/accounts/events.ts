import type { Actor, EventContext, NewEvent } from "../kernel/index.ts"

/** The context of an event made by a request. */
export const contextOf = (actor: Actor, actorId?: string): EventContext => ({
  actor_id: actorId ?? (actor._tag === "SignedIn" ? actor.userId : null),
  ip: actor.origin.ip,
  user_agent: actor.origin.userAgent,
  request_id: actor.origin.requestId
})

/** A mail to be rendered and sent by the worker. Links carry single-use secrets: the row is emptied once it is sent. */
export type MailRequest =
  | { readonly template: "verify_email"; readonly to: string; readonly username: string; readonly token: string }
  | { readonly template: "address_already_registered"; readonly to: string }
  | { readonly template: "reset_password"; readonly to: string; readonly username: string; readonly token: string }
  | { readonly template: "password_changed"; readonly to: string; readonly username: string }
  /** No mail: written where one would be, so that both cases are the same work. */
  | { readonly template: "none" }

export const mailRequested = (recipient: string, mail: MailRequest, context: EventContext): NewEvent => ({
  type: "mail.requested",
  aggregate: `mail:${recipient}`,
  payload: mail,
  context
})

const userEvent =
  (type: string) =>
  (userId: string, payload: object, context: EventContext): NewEvent => ({
    type,
    aggregate: `user:${userId}`,
    payload: { user_id: userId, ...payload },
    context
  })

export const userRegistered = userEvent("user.registered")
export const userVerified = userEvent("user.verified")
export const userLoggedIn = userEvent("user.logged_in")
export const userLoggedOut = userEvent("user.logged_out")
export const userUpgradedToCreator = userEvent("user.upgrade_creator")
export const refreshTokenReused = userEvent("user.refresh_token_reused")
export const sessionRevoked = userEvent("user.session_revoked")
export const allSessionsRevoked = userEvent("user.all_sessions_revoked")
export const userPasswordChanged = userEvent("user.password_changed")
