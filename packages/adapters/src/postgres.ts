import { Layer } from "effect"
import { accessLogPostgres } from "./postgres/access-log.ts"
import { accountErasurePostgres } from "./postgres/account-erasure.ts"
import { accountRecordsPostgres } from "./postgres/account-records.ts"
import { apiKeysPostgres } from "./postgres/api-keys.ts"
import { auditTrailPostgres } from "./postgres/audit-trail.ts"
import { changesPostgres } from "./postgres/changes.ts"
import { credentialErasurePostgres, credentialRecordsPostgres } from "./postgres/credential-erasure.ts"
import { disputesPostgres } from "./postgres/disputes.ts"
import { emailChangesPostgres } from "./postgres/email-changes.ts"
import { exportsPostgres } from "./postgres/exports.ts"
import { failedAttemptsPostgres } from "./postgres/failed-attempts.ts"
import { idempotencyKeysPostgres } from "./postgres/idempotency-keys.ts"
import { imageNotesPostgres } from "./postgres/image-notes.ts"
import { inboxPostgres } from "./postgres/inbox.ts"
import { invoicesPostgres } from "./postgres/invoices.ts"
import { keyPrincipalsPostgres } from "./postgres/key-principals.ts"
import { likesPostgres } from "./postgres/likes.ts"
import { loginChallengesPostgres } from "./postgres/login-challenges.ts"
import { mailTokensPostgres } from "./postgres/mail-tokens.ts"
import { mandatesPostgres } from "./postgres/mandates.ts"
import { noticesPostgres } from "./postgres/notices.ts"
import { oauthIdentitiesPostgres } from "./postgres/oauth-identities.ts"
import { oauthStatesPostgres } from "./postgres/oauth-states.ts"
import { outboxPostgres, outboxQueuePostgres } from "./postgres/outbox.ts"
import { paymentDeliveriesPostgres } from "./postgres/payment-deliveries.ts"
import { jobLeasesPostgres, platformSettingsPostgres } from "./postgres/platform.ts"
import { playSessionsPostgres } from "./postgres/play-sessions.ts"
import { playStatisticsPostgres } from "./postgres/play-statistics.ts"
import { playsPostgres } from "./postgres/plays.ts"
import { privacyChoicesPostgres, userSettingsPostgres } from "./postgres/preferences.ts"
import { principalsPostgres, profilesPostgres } from "./postgres/principals.ts"
import { profileErasurePostgres, profileRecordsPostgres } from "./postgres/profile-erasure.ts"
import { profileImagesPostgres } from "./postgres/profile-images.ts"
import { recordingSharesPostgres } from "./postgres/recording-shares.ts"
import { refreshTokensPostgres } from "./postgres/refresh-tokens.ts"
import { recordingsPostgres } from "./postgres/recordings.ts"
import { releasesPostgres } from "./postgres/releases.ts"
import { renditionBuildsPostgres } from "./postgres/rendition-builds.ts"
import { resumableUploadsPostgres } from "./postgres/resumable-uploads.ts"
import { royaltyImportsPostgres } from "./postgres/royalty-imports.ts"
import { royaltyLedgerPostgres } from "./postgres/royalty-ledger.ts"
import { royaltyRatesPostgres } from "./postgres/royalty-rates.ts"
import { secondFactorsPostgres } from "./postgres/second-factors.ts"
import { sessionsPostgres } from "./postgres/sessions.ts"
import { sharesPostgres } from "./postgres/shares.ts"
import { submissionsPostgres } from "./postgres/submissions.ts"
import { subscriptionsPostgres } from "./postgres/subscriptions.ts"
import { termsPostgres } from "./postgres/terms.ts"
import { trackChangesPostgres } from "./postgres/track-changes.ts"
import { trackCoversPostgres, trackLoudnessPostgres } from "./postgres/track-covers.ts"
import { trackErasurePostgres } from "./postgres/track-erasure.ts"
import { trackPlacesPostgres } from "./postgres/track-places.ts"
import { trackRecordsPostgres } from "./postgres/track-records.ts"
import { trackStreamsPostgres } from "./postgres/track-streams.ts"
import { trackSuggestionsPostgres } from "./postgres/track-suggestions.ts"
import { tracksPostgres } from "./postgres/tracks.ts"
import { transactionPostgres } from "./postgres/transaction.ts"
import { unscannedTracksPostgres } from "./postgres/unscanned-tracks.ts"
import { uploadsPostgres } from "./postgres/uploads.ts"
import { userAdministrationPostgres } from "./postgres/user-administration.ts"
import { userProfilesPostgres } from "./postgres/user-profiles.ts"
import { usersPostgres } from "./postgres/users.ts"

export { bounded, Database, type DatabaseSettings, DatabaseUnavailable, database } from "./postgres/client.ts"
export * from "./postgres/migrator.ts"
export { schemaSnapshot } from "./postgres/schema-snapshot.ts"
export { splitStatements } from "./postgres/statements.ts"

/** Every port that PostgreSQL answers, over one `Database`. */
export const postgresPorts = Layer.mergeAll(
  accessLogPostgres,
  accountErasurePostgres,
  accountRecordsPostgres,
  apiKeysPostgres,
  auditTrailPostgres,
  credentialErasurePostgres,
  credentialRecordsPostgres,
  disputesPostgres,
  emailChangesPostgres,
  exportsPostgres,
  failedAttemptsPostgres,
  idempotencyKeysPostgres,
  imageNotesPostgres,
  inboxPostgres,
  invoicesPostgres,
  jobLeasesPostgres,
  keyPrincipalsPostgres,
  likesPostgres,
  loginChallengesPostgres,
  mailTokensPostgres,
  mandatesPostgres,
  noticesPostgres,
  oauthIdentitiesPostgres,
  oauthStatesPostgres,
  outboxPostgres,
  outboxQueuePostgres,
  paymentDeliveriesPostgres,
  platformSettingsPostgres,
  playSessionsPostgres,
  playStatisticsPostgres,
  playsPostgres,
  principalsPostgres,
  privacyChoicesPostgres,
  profileErasurePostgres,
  profileImagesPostgres,
  profileRecordsPostgres,
  profilesPostgres,
  recordingSharesPostgres,
  refreshTokensPostgres,
  recordingsPostgres,
  releasesPostgres,
  renditionBuildsPostgres,
  resumableUploadsPostgres,
  royaltyImportsPostgres,
  royaltyLedgerPostgres,
  royaltyRatesPostgres,
  secondFactorsPostgres,
  sessionsPostgres,
  sharesPostgres,
  submissionsPostgres,
  subscriptionsPostgres,
  termsPostgres,
  trackChangesPostgres,
  trackCoversPostgres,
  trackErasurePostgres,
  trackLoudnessPostgres,
  trackRecordsPostgres,
  trackStreamsPostgres,
  trackSuggestionsPostgres,
  trackPlacesPostgres,
  tracksPostgres,
  transactionPostgres,
  unscannedTracksPostgres,
  uploadsPostgres,
  userAdministrationPostgres,
  userProfilesPostgres,
  userSettingsPostgres,
  usersPostgres
).pipe(Layer.provideMerge(changesPostgres))
