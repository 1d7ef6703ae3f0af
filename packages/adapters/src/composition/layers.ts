import { availableParallelism } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Redacted } from "effect"
import { AccountSettings, ExportSettings } from "@veza/domain/accounts"
import { AccessLogSettings } from "@veza/domain/platform"
import { BillingSettings } from "@veza/domain/subscriptions"
import { RoyaltySettings } from "@veza/domain/royalties"
import { HlsSettings, PlaySettings, StreamServerKey, TrackSettings, UploadSlots } from "@veza/domain/tracks"
import { zipArchiver } from "../archive.ts"
import type { Settings } from "../config.ts"
import {
  accessTokens,
  breachedPasswords,
  contentHashingCrypto,
  idsCrypto,
  listenerDigests,
  oneTimePasswords,
  passwordHasher,
  sealingCrypto,
  secretsCrypto,
  sha256Crypto
} from "../crypto.ts"
import { distributionRights } from "../distribution-rights.ts"
import { sharpImages } from "../images.ts"
import { invoicePdf } from "../invoices.ts"
import { audioAnalysis } from "../media.ts"
import { localExportFiles, localImageFiles, localPartialFiles, localRenditionFiles } from "../storage.ts"
import { statementFilesLocal, statementReader } from "../statements.ts"
import { database, migrate, migrationsDirectory, postgresPorts } from "../postgres.ts"
import { embeddedDatabaseUrl } from "./development.ts"
import { maintenanceMode } from "./maintenance.ts"
import { contributions } from "./contributions.ts"
import { oauth } from "./oauth.ts"
import { choose, registry } from "./registry.ts"
import { installationSecret } from "./secret.ts"
import { storage } from "./storage.ts"
import { tokenKeys } from "./token-keys.ts"

/** The database of the settings; without DATABASE_URL (development only) the embedded server of VEZA_HOME. */
export const databaseLayer = (settings: Settings, applicationName: string) =>
  Layer.unwrap(
    Effect.map(
      settings.DATABASE_URL === undefined
        ? embeddedDatabaseUrl(settings.VEZA_HOME)
        : Effect.succeed(settings.DATABASE_URL),
      (url: Redacted.Redacted<string>) =>
        database({
          url,
          maxConnections: settings.DB_MAX_CONNECTIONS,
          applicationName,
          maxRetries: settings.DB_MAX_RETRIES,
          retryInterval: settings.DB_RETRY_INTERVAL
        })
    )
  )

/** Brings the schema up to date before anything else uses the database (MIGRATE_ON_START). */
const migrated = (settings: Settings) =>
  Layer.effectDiscard(settings.MIGRATE_ON_START ? migrate(migrationsDirectory()) : Effect.void)

const domainSettings = (settings: Settings) =>
  Layer.mergeAll(
    Layer.succeed(AccountSettings, {
      breachedPasswords: breachedPasswords(settings.PASSWORD_MIN_LENGTH),
      passwordMinLength: settings.PASSWORD_MIN_LENGTH,
      ageGateRequired: settings.AGE_GATE_REQUIRED,
      freeLogins: settings.DISABLE_RATE_LIMIT_FOR_TESTS ? Infinity : settings.AUTH_RATE_LIMIT_LOGIN_ATTEMPTS
    }),
    Layer.succeed(AccessLogSettings, { retentionDays: settings.API_ACCESS_RETENTION_DAYS }),
    Layer.succeed(PlaySettings, { retentionDays: settings.PLAY_RETENTION_DAYS }),
    Layer.succeed(HlsSettings, { streaming: settings.HLS_STREAMING }),
    Layer.succeed(ExportSettings, { frontendUrl: settings.FRONTEND_URL }),
    Layer.succeed(BillingSettings, {
      frontendUrl: settings.FRONTEND_URL,
      issuer: settings.BILLING_ISSUER.split(";").flatMap((line) => line.trim() || []),
      taxRateBps: settings.BILLING_TAX_RATE_BPS
    }),
    Layer.succeed(StreamServerKey, { key: settings.STREAM_SERVER_INTERNAL_API_KEY }),
    Layer.succeed(RoyaltySettings, { maxStatementSize: settings.MAX_STATEMENT_SIZE }),
    Layer.succeed(TrackSettings, {
      maxTrackSize: settings.MAX_TRACK_SIZE,
      maxResumableSize: settings.MAX_RESUMABLE_SIZE,
      maxConcurrentUploads: settings.MAX_CONCURRENT_UPLOADS,
      bypassCreatorRole: settings.BYPASS_CONTENT_CREATOR_ROLE
    })
  )

const tokens = (settings: Settings) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const secret = yield* installationSecret(settings)
      const keys = yield* tokenKeys(settings)
      const { JWT_AUDIENCE: audience, JWT_ISSUER: issuer } = settings
      return Layer.mergeAll(
        accessTokens({ secret, keys, issuer, audience }),
        sealingCrypto(secret),
        listenerDigests(secret)
      )
    })
  )

/** What operators' commands need: the ports that PostgreSQL answers, with nothing migrated behind their back. */
export const databasePorts = (settings: Settings, applicationName: string) =>
  postgresPorts.pipe(
    Layer.provideMerge(Layer.mergeAll(idsCrypto, secretsCrypto, sha256Crypto)),
    Layer.provideMerge(databaseLayer(settings, applicationName))
  )

/** Statements where the settings have them, and what reads them. */
export const statementPorts = (settings: Settings) =>
  Layer.merge(statementFilesLocal(join(settings.UPLOAD_DIR, "statements")), statementReader)

/** The same for operators' commands that import statements. */
export const royaltyPorts = (settings: Settings, applicationName: string) =>
  Layer.merge(statementPorts(settings), domainSettings(settings)).pipe(
    Layer.provideMerge(databasePorts(settings, applicationName))
  )

/** The same for operators' commands that make accounts: passwords are hashed one at a time. */
export const accountPorts = (settings: Settings, applicationName: string) =>
  Layer.merge(passwordHasher(1), domainSettings(settings)).pipe(
    Layer.provideMerge(databasePorts(settings, applicationName))
  )

/** One hashing place is left to everything else (05-decisions, "Argon2"). */
const hashingPlaces = Math.max(1, availableParallelism() - 1)

/** Every port of the domain, over the adapters that the settings choose; the database is handed on for operators' tools. */
export const adapters = (settings: Settings, applicationName: string) => {
  const chosen = choose(settings)
  const outside = Layer.mergeAll(
    storage(settings),
    registry.scanner[chosen.scanner](settings),
    registry.rateLimiter[chosen.rateLimiter](settings),
    registry.mailer[chosen.mailer](settings),
    registry.paymentProvider[chosen.paymentProvider](settings),
    localExportFiles(join(settings.VEZA_HOME, "exports")),
    zipArchiver,
    audioAnalysis(settings.FFMPEG_PATH),
    passwordHasher(hashingPlaces),
    contentHashingCrypto,
    oneTimePasswords,
    localImageFiles(settings.UPLOAD_DIR),
    localRenditionFiles(settings.UPLOAD_DIR),
    localPartialFiles(settings.UPLOAD_DIR),
    statementPorts(settings),
    sharpImages,
    invoicePdf,
    UploadSlots.layer
  )
  const distributor = registry.distributor[chosen.distributor](settings)
  return contributions.pipe(
    Layer.provideMerge(distributor),
    Layer.provideMerge(
      Layer.mergeAll(outside, distributionRights, oauth(settings), maintenanceMode(settings.MAINTENANCE_MODE))
    ),
    Layer.provideMerge(postgresPorts),
    Layer.provideMerge(tokens(settings)),
    Layer.provideMerge(Layer.mergeAll(domainSettings(settings), idsCrypto, secretsCrypto, sha256Crypto)),
    Layer.provideMerge(migrated(settings).pipe(Layer.provideMerge(databaseLayer(settings, applicationName))))
  )
}
