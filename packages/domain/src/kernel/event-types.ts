/** What the audit trail keeps of an event (90-platform, "Audit"). */
export interface Audited {
  /** The kind of thing it happened to. */
  readonly resource:
    | "user"
    | "api_key"
    | "track"
    | "upload"
    | "payment"
    | "subscription"
    | "release"
    | "submission"
    | "platform"
    | "royalty_import"
    | "royalty_rates"
  /** The field of the payload that holds the thing's id; undefined where there is only one of its kind. */
  readonly idIn: string | undefined
  /** The other fields that go into the entry. What is not named is left out: no secret, address or text gets there. */
  readonly keeps: ReadonlyArray<string>
}

const ofUser = (...keeps: ReadonlyArray<string>): Audited => ({ resource: "user", idIn: "user_id", keeps })
const ofKey = (...keeps: ReadonlyArray<string>): Audited => ({ resource: "api_key", idIn: "api_key_id", keeps })
const ofTrack = (...keeps: ReadonlyArray<string>): Audited => ({ resource: "track", idIn: "track_id", keeps })
/** `status` is what the subscription was afterwards. */
const ofSubscription = (...keeps: ReadonlyArray<string>): Audited => ({
  resource: "subscription",
  idIn: "subscription_id",
  keeps: ["user_id", "plan", "cycle", "status", ...keeps]
})
const ofInvoice = ofSubscription("invoice_id", "number", "amount_minor", "currency")
const ofPayment = (...keeps: ReadonlyArray<string>): Audited => ({ resource: "payment", idIn: "payment_id", keeps })

const ofRelease = (...keeps: ReadonlyArray<string>): Audited => ({ resource: "release", idIn: "release_id", keeps })
const ofSubmission = (...keeps: ReadonlyArray<string>): Audited => ({
  resource: "submission",
  idIn: "submission_id",
  keeps: ["release_id", ...keeps]
})
const ofImport = (...keeps: ReadonlyArray<string>): Audited => ({
  resource: "royalty_import",
  idIn: "import_id",
  keeps
})

/**
 * Every type of event there is, and what becomes of it in the audit trail; `undefined`: it leaves no entry. An event
 * that is not decided upon here cannot be appended. The action of an entry is the type of its event.
 */
export const eventTypes = {
  "mail.requested": undefined,
  "user.registered": ofUser(),
  "user.verified": ofUser(),
  "user.logged_in": ofUser("session_id", "method"),
  "user.login_failed": ofUser("account"),
  "user.logged_out": ofUser("session_id"),
  "user.upgrade_creator": ofUser("from_role", "to_role"),
  "user.refresh_token_reused": ofUser("session_id"),
  "user.session_revoked": ofUser("session_id"),
  "user.all_sessions_revoked": ofUser("count"),
  "user.password_changed": ofUser(),
  "user.second_factor_enabled": ofUser(),
  "user.second_factor_disabled": ofUser(),
  "user.second_factor_failed": ofUser("method"),
  "user.backup_codes_regenerated": ofUser(),
  "user.backup_code_used": ofUser(),
  "user.reauthenticated": ofUser("session_id", "method"),
  "user.email_change_requested": ofUser(),
  "user.email_changed": ofUser(),
  "user.role_changed": ofUser("from_role", "to_role"),
  "user.banned": ofUser("reason"),
  "user.unbanned": ofUser(),
  "user.profile_updated": ofUser("by_admin"),
  "user.renamed": ofUser(),
  "user.privacy_opted_out": ofUser("source"),
  "user.terms_accepted": ofUser("type", "version"),
  "user.identity_linked": ofUser("provider"),
  "user.identity_unlinked": ofUser("provider"),
  "user.export_requested": ofUser("export_id"),
  "user.export_ready": ofUser("export_id"),
  "user.export_failed": ofUser("export_id"),
  "user.deleted": ofUser("keep_public_tracks"),
  "user.anonymised": ofUser(),
  "api_key.created": ofKey("user_id", "prefix"),
  "api_key.rotated": ofKey("user_id", "prefix", "predecessor_id"),
  "api_key.revoked": ofKey("user_id"),
  "track.uploaded": ofTrack(),
  "track.ready": ofTrack(),
  "track.failed": ofTrack(),
  "track.updated": ofTrack("by_admin"),
  "track.deleted": ofTrack("user_id", "by_admin"),
  "track.rejected": ofTrack("signature"),
  "track.shared": ofTrack("share_id", "permission"),
  "track.share_revoked": ofTrack("share_id"),
  "track.stream_reported": ofTrack("status"),
  "track.notice_received": ofTrack("notice_id"),
  "track.notice_dismissed": ofTrack("notice_id"),
  "track.notice_countered": ofTrack("notice_id"),
  "track.taken_down": ofTrack("notice_id"),
  "track.restored": ofTrack("notice_id", "claimant_withdrew", "still_blocked"),
  "track.upload_infected": { resource: "upload", idIn: "upload_id", keeps: ["signature"] },
  "release.created": ofRelease(),
  "release.updated": ofRelease("changed"),
  "submission.created": ofSubmission("platforms"),
  "submission.corrected": ofSubmission("platforms"),
  "submission.withdrawn": ofSubmission("platforms", "by"),
  "submission.takedown_requested": ofSubmission("platforms", "by"),
  "submission.status_changed": ofSubmission("platform", "status"),
  "subscription.created": ofSubscription(),
  "subscription.trial_started": ofSubscription(),
  "subscription.trial_ending": undefined,
  "subscription.trial_ended": ofSubscription(),
  "subscription.activated": ofSubscription(),
  "subscription.renewed": ofSubscription(),
  "subscription.past_due": ofSubscription(),
  "subscription.payment_retried": ofSubscription(),
  "subscription.plan_changed": ofSubscription(),
  "subscription.change_lapsed": ofSubscription(),
  "subscription.change_scheduled": ofSubscription("next_plan", "next_cycle"),
  "subscription.change_revoked": ofSubscription(),
  "subscription.cancellation_scheduled": ofSubscription(),
  "subscription.reactivated": ofSubscription(),
  "subscription.canceled": ofSubscription(),
  "subscription.expired": ofSubscription(),
  "subscription.invoice_issued": ofInvoice,
  "subscription.invoice_paid": ofInvoice,
  "subscription.invoice_failed": ofInvoice,
  "subscription.invoice_voided": ofInvoice,
  "subscription.payment_refunded": ofInvoice,
  "payment.dispute_opened": ofPayment("dispute_id", "status", "amount_minor", "currency"),
  "payment.dispute_changed": ofPayment("dispute_id", "status", "amount_minor", "currency"),
  "royalties.import_requested": ofImport("sha256"),
  "royalties.imported": ofImport("lines"),
  "royalties.import_refused": ofImport("refusal", "faults"),
  "royalties.import_failed": ofImport(),
  "royalties.rates_stated": { resource: "royalty_rates", idIn: "target", keeps: ["count"] },
  "platform.maintenance_changed": { resource: "platform", idIn: undefined, keeps: ["on"] }
} as const satisfies Readonly<Record<string, Audited | undefined>>

export type EventType = keyof typeof eventTypes
