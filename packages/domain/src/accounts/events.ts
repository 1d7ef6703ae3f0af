import type { Actor, EventContext, EventType, NewEvent } from "../kernel/index.ts"

/** The context of an event made by a request. */
export const contextOf = (actor: Actor, actorId?: string): EventContext => ({
  actor_id: actorId ?? (actor._tag === "SignedIn" ? actor.userId : null),
  ip: actor.origin.ip,
  user_agent: actor.origin.userAgent,
  request_id: actor.origin.requestId,
  ...(actor._tag === "SignedIn" && actor.by === "key" ? { api_key_id: actor.keyId } : {})
})

/** A mail to be rendered and sent by the worker. Links carry single-use secrets: the row is emptied once it is sent. */
export type MailRequest =
  | { readonly template: "verify_email"; readonly to: string; readonly username: string; readonly token: string }
  | { readonly template: "address_already_registered"; readonly to: string }
  | { readonly template: "reset_password"; readonly to: string; readonly username: string; readonly token: string }
  | { readonly template: "password_changed"; readonly to: string; readonly username: string }
  | {
      readonly template: "api_key_created"
      readonly to: string
      readonly username: string
      readonly name: string
      readonly prefix: string
    }
  | {
      readonly template: "account_banned"
      readonly to: string
      readonly username: string
      readonly reason: string
    }
  | { readonly template: "account_unbanned"; readonly to: string; readonly username: string }
  | { readonly template: "second_factor_enabled"; readonly to: string; readonly username: string }
  | { readonly template: "second_factor_disabled"; readonly to: string; readonly username: string }
  | { readonly template: "change_email"; readonly to: string; readonly username: string; readonly token: string }
  | { readonly template: "address_in_use"; readonly to: string }
  | { readonly template: "email_change_requested"; readonly to: string; readonly username: string }
  | { readonly template: "email_changed"; readonly to: string; readonly username: string }
  | { readonly template: "export_ready"; readonly to: string; readonly username: string; readonly exportId: string }
  | { readonly template: "account_deleted"; readonly to: string; readonly username: string }
  | {
      readonly template: "identity_linked"
      readonly to: string
      readonly username: string
      readonly provider: string
    }
  /** No mail: written where one would be, so that both cases are the same work. */
  | { readonly template: "none" }

export const mailRequested = (recipient: string, mail: MailRequest, context: EventContext): NewEvent => ({
  type: "mail.requested",
  aggregate: `mail:${recipient}`,
  payload: mail,
  context
})

const userEvent =
  (type: EventType) =>
  (userId: string, payload: object, context: EventContext): NewEvent => ({
    type,
    aggregate: `user:${userId}`,
    payload: { user_id: userId, ...payload },
    context
  })

export const userRegistered = userEvent("user.registered")
export const userVerified = userEvent("user.verified")
export const userLoggedIn = userEvent("user.logged_in")
/** Somebody could not log in. The address is told by its digest only, known or unknown. */
export const userLoginFailed = (account: string, userId: string | null, context: EventContext): NewEvent => ({
  type: "user.login_failed",
  aggregate: `login:${account}`,
  payload: { user_id: userId, account },
  context
})
export const userLoggedOut = userEvent("user.logged_out")
export const userUpgradedToCreator = userEvent("user.upgrade_creator")
export const refreshTokenReused = userEvent("user.refresh_token_reused")
export const sessionRevoked = userEvent("user.session_revoked")
export const allSessionsRevoked = userEvent("user.all_sessions_revoked")
export const identityLinked = userEvent("user.identity_linked")
export const identityUnlinked = userEvent("user.identity_unlinked")
export const userPasswordChanged = userEvent("user.password_changed")
export const apiKeyCreated = userEvent("api_key.created")
export const apiKeyRotated = userEvent("api_key.rotated")
export const apiKeyRevoked = userEvent("api_key.revoked")
export const userRoleChanged = userEvent("user.role_changed")
export const userBanned = userEvent("user.banned")
export const userUnbanned = userEvent("user.unbanned")
export const secondFactorEnabled = userEvent("user.second_factor_enabled")
export const secondFactorDisabled = userEvent("user.second_factor_disabled")
export const backupCodesRegenerated = userEvent("user.backup_codes_regenerated")
export const backupCodeUsed = userEvent("user.backup_code_used")
export const userReauthenticated = userEvent("user.reauthenticated")
export const emailChangeRequested = userEvent("user.email_change_requested")
export const userEmailChanged = userEvent("user.email_changed")
/** Names the fields, never what stands in them. */
export const userProfileUpdated = userEvent("user.profile_updated")
export const userRenamed = userEvent("user.renamed")
export const userPrivacyOptedOut = userEvent("user.privacy_opted_out")
export const userTermsAccepted = userEvent("user.terms_accepted")
export const userDeleted = userEvent("user.deleted")
export const userAnonymised = userEvent("user.anonymised")

/** Events of one export have an order of their own: making it takes its time and holds up nothing else of the user's. */
const exportEvent =
  (type: EventType) =>
  (exportId: string, userId: string, context: EventContext): NewEvent => ({
    type,
    aggregate: `export:${exportId}`,
    payload: { export_id: exportId, user_id: userId },
    context
  })

export const exportRequested = exportEvent("user.export_requested")
export const exportReady = exportEvent("user.export_ready")
export const exportFailed = exportEvent("user.export_failed")
