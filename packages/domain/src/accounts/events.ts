import type { EventContext, EventType, NewEvent } from "../kernel/index.ts"
import type { MailRequest } from "./mail-request.ts"

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
export const secondFactorFailed = userEvent("user.second_factor_failed")
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
