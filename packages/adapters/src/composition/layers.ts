import { availableParallelism } from "node:os"
import { Effect, Layer, Redacted } from "effect"
import { AccountSettings } from "@veza/domain/accounts"
import { TrackSettings, UploadSlots } from "@veza/domain/tracks"
import type { Settings } from "../config.ts"
import {
  accessTokens,
  contentHashingCrypto,
  idsCrypto,
  passwordHasher,
  sealingCrypto,
  secretsCrypto
} from "../crypto.ts"
import { audioAnalysis } from "../media.ts"
import { database, migrate, migrationsDirectory, postgresPorts } from "../postgres.ts"
import { developmentSecret, embeddedDatabaseUrl } from "./development.ts"
import { maintenanceMode } from "./maintenance.ts"
import { choose, registry } from "./registry.ts"

/** The secret that tokens are signed with; development makes its own. */
export const installationSecret = (settings: Settings) =>
  settings.JWT_SECRET === undefined ? developmentSecret(settings.VEZA_HOME) : Effect.succeed(settings.JWT_SECRET)

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
      passwordMinLength: settings.PASSWORD_MIN_LENGTH,
      ageGateRequired: settings.AGE_GATE_REQUIRED
    }),
    Layer.succeed(TrackSettings, {
      maxTrackSize: settings.MAX_TRACK_SIZE,
      maxConcurrentUploads: settings.MAX_CONCURRENT_UPLOADS,
      bypassCreatorRole: settings.BYPASS_CONTENT_CREATOR_ROLE
    })
  )

const tokens = (settings: Settings) =>
  Layer.unwrap(
    Effect.map(installationSecret(settings), (secret) =>
      Layer.merge(
        accessTokens({ secret, issuer: settings.JWT_ISSUER, audience: settings.JWT_AUDIENCE }),
        sealingCrypto(secret)
      )
    )
  )

/** What operators' commands need: the ports that PostgreSQL answers, with nothing migrated behind their back. */
export const databasePorts = (settings: Settings, applicationName: string) =>
  postgresPorts.pipe(
    Layer.provideMerge(Layer.mergeAll(idsCrypto, secretsCrypto)),
    Layer.provideMerge(databaseLayer(settings, applicationName))
  )

/** One hashing place is left to everything else (05-decisions, "Argon2"). */
const hashingPlaces = Math.max(1, availableParallelism() - 1)

/** Every port of the domain, over the adapters that the settings choose; the database is handed on for operators' tools. */
export const adapters = (settings: Settings, applicationName: string) => {
  const chosen = choose(settings)
  const storage = Layer.mergeAll(
    registry.trackFiles[chosen.trackFiles](settings),
    registry.scanner[chosen.scanner](settings),
    registry.rateLimiter[chosen.rateLimiter](settings),
    registry.mailer[chosen.mailer](settings),
    audioAnalysis(settings.FFMPEG_PATH),
    passwordHasher(hashingPlaces),
    contentHashingCrypto,
    UploadSlots.layer
  )
  return Layer.merge(storage, maintenanceMode(settings.MAINTENANCE_MODE)).pipe(
    Layer.provideMerge(postgresPorts),
    Layer.provideMerge(tokens(settings)),
    Layer.provideMerge(Layer.mergeAll(domainSettings(settings), idsCrypto, secretsCrypto)),
    Layer.provideMerge(migrated(settings).pipe(Layer.provideMerge(databaseLayer(settings, applicationName))))
  )
}
