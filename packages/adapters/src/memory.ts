import { Layer } from "effect"
import { contentHashingCrypto } from "./crypto/content-hashing.ts"
import { idsCrypto } from "./crypto/ids.ts"
import { secretsCrypto } from "./crypto/secrets.ts"
import { apiKeysMemory, keyPrincipalsMemory } from "./memory/api-keys.ts"
import { sha256Crypto } from "./crypto/sha256.ts"
import { accessLogMemory } from "./memory/access-log.ts"
import { auditTrailMemory } from "./memory/audit-trail.ts"
import { brokerMemory } from "./memory/broker.ts"
import { changesMemory } from "./memory/changes.ts"
import { idempotencyKeysMemory } from "./memory/idempotency-keys.ts"
import { credentialErasureMemory, credentialRecordsMemory } from "./memory/credential-erasure.ts"
import { disputesMemory } from "./memory/disputes.ts"
import { distributionRightsMemory } from "./memory/distribution-rights.ts"
import { emailChangesMemory } from "./memory/email-changes.ts"
import { failedAttemptsMemory } from "./memory/failed-attempts.ts"
import { imageFilesMemory } from "./memory/image-files.ts"
import { zipArchiver } from "./archive.ts"
import { accountErasureMemory } from "./memory/account-erasure.ts"
import { exportFilesMemory } from "./memory/export-files.ts"
import { exportsMemory } from "./memory/exports.ts"
import { imageNotesMemory } from "./memory/image-notes.ts"
import { inboxMemory } from "./memory/inbox.ts"
import { invoicesMemory } from "./memory/invoices.ts"
import { jobLeasesMemory } from "./memory/job-leases.ts"
import { likesMemory } from "./memory/likes.ts"
import { loginChallengesMemory } from "./memory/login-challenges.ts"
import { mailTokensMemory } from "./memory/mail-tokens.ts"
import { mailerMemory } from "./memory/mailer.ts"
import { mandatesMemory } from "./memory/mandates.ts"
import { noticesMemory } from "./memory/notices.ts"
import { oauthIdentitiesMemory } from "./memory/oauth-identities.ts"
import { oauthStatesMemory } from "./memory/oauth-states.ts"
import { OutboxNews } from "./memory/outbox-news.ts"
import { outboxQueueMemory } from "./memory/outbox-queue.ts"
import { outboxMemory } from "./memory/outbox.ts"
import { paymentDeliveriesMemory } from "./memory/payment-deliveries.ts"
import { paymentProviderMemory } from "./memory/payment-provider.ts"
import { playSessionsMemory } from "./memory/play-sessions.ts"
import { playStatisticsMemory } from "./memory/play-statistics.ts"
import { playsMemory } from "./memory/plays.ts"
import { platformSettingsMemory } from "./memory/platform-settings.ts"
import { privacyChoicesMemory, userSettingsMemory } from "./memory/preferences.ts"
import { principalsMemory, profilesMemory } from "./memory/principals.ts"
import { profileErasureMemory, profileRecordsMemory } from "./memory/profile-erasure.ts"
import { profileImagesMemory } from "./memory/profile-images.ts"
import { rateLimiterMemory } from "./memory/rate-limiter.ts"
import { scannerAbsent } from "./memory/scanner.ts"
import { accountRecordsMemory, trackRecordsMemory } from "./memory/records.ts"
import { recordingSharesMemory } from "./memory/recording-shares.ts"
import { refreshTokensMemory } from "./memory/refresh-tokens.ts"
import { recordingsMemory } from "./memory/recordings.ts"
import { releasesMemory } from "./memory/releases.ts"
import { renditionBuildsMemory } from "./memory/rendition-builds.ts"
import { renditionFilesMemory } from "./memory/rendition-files.ts"
import { resumableUploadsMemory } from "./memory/resumable-uploads.ts"
import { royaltyImportsMemory } from "./memory/royalty-imports.ts"
import { royaltyLedgerMemory } from "./memory/royalty-ledger.ts"
import { royaltyRatesMemory } from "./memory/royalty-rates.ts"
import { secondFactorsMemory } from "./memory/second-factors.ts"
import { sessionsMemory } from "./memory/sessions.ts"
import { sharesMemory } from "./memory/shares.ts"
import { statementFilesMemory } from "./memory/statement-files.ts"
import { Store } from "./memory/store.ts"
import { submissionsMemory } from "./memory/submissions.ts"
import { subscriptionsMemory } from "./memory/subscriptions.ts"
import { termsMemory } from "./memory/terms.ts"
import { trackChangesMemory } from "./memory/track-changes.ts"
import { trackCoversMemory, trackLoudnessMemory } from "./memory/track-covers.ts"
import { trackErasureMemory } from "./memory/track-erasure.ts"
import { trackFilesMemory } from "./memory/track-files.ts"
import { trackPlacesMemory } from "./memory/track-places.ts"
import { trackStreamsMemory } from "./memory/track-streams.ts"
import { trackSuggestionsMemory } from "./memory/track-suggestions.ts"
import { tracksMemory } from "./memory/tracks.ts"
import { transactionMemory } from "./memory/transaction.ts"
import { unscannedTracksMemory } from "./memory/unscanned-tracks.ts"
import { uploadsMemory } from "./memory/uploads.ts"
import { userAdministrationMemory } from "./memory/user-administration.ts"
import { userProfilesMemory } from "./memory/user-profiles.ts"
import { usersMemory } from "./memory/users.ts"
import { statementReader } from "./statements.ts"

export { LoggedCalls } from "./memory/access-log.ts"
export { brokerMemory } from "./memory/broker.ts"
export { imageFilesMemory } from "./memory/image-files.ts"
export { exportFilesMemory } from "./memory/export-files.ts"
export { mailerMemory, SentMails } from "./memory/mailer.ts"
export { PayersInMemory, paymentProviderMemory } from "./memory/payment-provider.ts"
export { KnownRights } from "./memory/distribution-rights.ts"
export { rateLimiterMemory, rateLimiterOf } from "./memory/rate-limiter.ts"
export { renditionFilesMemory } from "./memory/rendition-files.ts"
export { scannerAbsent } from "./memory/scanner.ts"
export { statementFilesMemory } from "./memory/statement-files.ts"
export { trackFilesMemory } from "./memory/track-files.ts"

const storePorts = Layer.mergeAll(
  accountErasureMemory,
  accountRecordsMemory,
  apiKeysMemory,
  auditTrailMemory,
  credentialErasureMemory,
  credentialRecordsMemory,
  disputesMemory,
  emailChangesMemory,
  exportsMemory,
  failedAttemptsMemory,
  idempotencyKeysMemory,
  imageNotesMemory,
  inboxMemory,
  invoicesMemory,
  jobLeasesMemory,
  keyPrincipalsMemory,
  likesMemory,
  loginChallengesMemory,
  mailTokensMemory,
  mandatesMemory,
  noticesMemory,
  oauthIdentitiesMemory,
  oauthStatesMemory,
  outboxMemory,
  outboxQueueMemory,
  paymentDeliveriesMemory,
  platformSettingsMemory,
  playSessionsMemory,
  playStatisticsMemory,
  playsMemory,
  principalsMemory,
  privacyChoicesMemory,
  profileErasureMemory,
  profileImagesMemory,
  profileRecordsMemory,
  profilesMemory,
  refreshTokensMemory,
  recordingSharesMemory,
  recordingsMemory,
  releasesMemory,
  renditionBuildsMemory,
  resumableUploadsMemory,
  royaltyImportsMemory,
  royaltyLedgerMemory,
  royaltyRatesMemory,
  secondFactorsMemory,
  sessionsMemory,
  sharesMemory,
  submissionsMemory,
  subscriptionsMemory,
  termsMemory,
  trackChangesMemory,
  trackCoversMemory,
  trackErasureMemory,
  trackLoudnessMemory,
  trackPlacesMemory,
  trackRecordsMemory,
  trackStreamsMemory,
  trackSuggestionsMemory,
  tracksMemory,
  transactionMemory,
  unscannedTracksMemory,
  uploadsMemory,
  userAdministrationMemory,
  userProfilesMemory,
  userSettingsMemory,
  usersMemory
).pipe(Layer.provideMerge(changesMemory), Layer.provide([Store.layer, OutboxNews.layer]))

/** Every port without a database, a disk or a network, over one store; nothing survives it. Uploads go unscanned. */
export const memoryAdapters = Layer.mergeAll(
  storePorts,
  accessLogMemory,
  sha256Crypto,
  brokerMemory,
  contentHashingCrypto,
  distributionRightsMemory,
  imageFilesMemory,
  exportFilesMemory,
  mailerMemory,
  paymentProviderMemory,
  rateLimiterMemory,
  renditionFilesMemory,
  scannerAbsent(false),
  secretsCrypto,
  statementFilesMemory,
  statementReader,
  trackFilesMemory,
  zipArchiver
).pipe(Layer.provideMerge(idsCrypto))
