import { Effect, Schema } from "effect"
import { DurationText, Flag, List, PartyId, SecretList, SizeText, TimesByName, Url, whole } from "./values.ts"

const orDefault = <S extends Schema.Top & { readonly Encoded: string }>(schema: S, text: string) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(text)))

const secret = (label: string, minLength = 1) =>
  Schema.RedactedFromValue(Schema.String.check(Schema.isMinLength(minLength)), { label })

/** Every variable that has an effect (00-conventions, "Configuration"); absent ones with a default take it. */
export const Environment = Schema.Struct({
  APP_ENV: Schema.Literals(["development", "test", "staging", "production"]),
  APP_PORT: orDefault(whole(0, 65_535), "8080"),
  WORKER_PORT: orDefault(whole(0, 65_535), "8090"),
  FRONTEND_URL: Schema.optionalKey(Url),
  CORS_ALLOWED_ORIGINS: Schema.optionalKey(List),
  TRUSTED_PROXIES: orDefault(List, ""),
  LOG_LEVEL: orDefault(Schema.Literals(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]), "INFO"),
  VEZA_HOME: orDefault(Schema.String, ".veza"),

  DATABASE_URL: Schema.optionalKey(secret("DATABASE_URL")),
  DB_MAX_CONNECTIONS: orDefault(whole(4, 500), "10"),
  DB_MAX_RETRIES: orDefault(whole(0, 100), "5"),
  DB_RETRY_INTERVAL: orDefault(DurationText, "5s"),
  MIGRATE_ON_START: orDefault(Flag, "true"),

  REDIS_ENABLE: Schema.optionalKey(Flag),
  REDIS_URL: Schema.optionalKey(secret("REDIS_URL")),
  RABBITMQ_ENABLE: Schema.optionalKey(Flag),
  RABBITMQ_URL: Schema.optionalKey(secret("RABBITMQ_URL")),
  RABBITMQ_MAX_RETRIES: orDefault(whole(0, 100), "3"),
  RABBITMQ_RETRY_INTERVAL: orDefault(DurationText, "2s"),

  JWT_SECRET: Schema.optionalKey(secret("JWT_SECRET", 32)),
  JWT_PRIVATE_KEY_PATH: Schema.optionalKey(Schema.String),
  JWT_PUBLIC_KEY_PATH: Schema.optionalKey(List),
  JWT_ISSUER: orDefault(Schema.String, "veza-api"),
  JWT_AUDIENCE: orDefault(Schema.String, "veza-app"),
  PASSWORD_MIN_LENGTH: orDefault(whole(8, 64), "10"),
  AGE_GATE_REQUIRED: orDefault(Flag, "false"),
  BYPASS_CONTENT_CREATOR_ROLE: orDefault(Flag, "false"),
  CSRF_DISABLED: orDefault(Flag, "false"),

  STREAM_SERVER_INTERNAL_API_KEY: Schema.optionalKey(secret("STREAM_SERVER_INTERNAL_API_KEY", 16)),
  PUBLIC_URL: Schema.optionalKey(Url),
  OAUTH_GOOGLE_CLIENT_ID: Schema.optionalKey(Schema.String),
  OAUTH_GOOGLE_CLIENT_SECRET: Schema.optionalKey(secret("OAUTH_GOOGLE_CLIENT_SECRET")),
  OAUTH_GOOGLE_BASE_URL: orDefault(Url, "https://accounts.google.com"),
  OAUTH_GITHUB_CLIENT_ID: Schema.optionalKey(Schema.String),
  OAUTH_GITHUB_CLIENT_SECRET: Schema.optionalKey(secret("OAUTH_GITHUB_CLIENT_SECRET")),
  OAUTH_GITHUB_BASE_URL: orDefault(Url, "https://github.com"),
  OAUTH_DISCORD_CLIENT_ID: Schema.optionalKey(Schema.String),
  OAUTH_DISCORD_CLIENT_SECRET: Schema.optionalKey(secret("OAUTH_DISCORD_CLIENT_SECRET")),
  OAUTH_DISCORD_BASE_URL: orDefault(Url, "https://discord.com"),
  OAUTH_SPOTIFY_CLIENT_ID: Schema.optionalKey(Schema.String),
  OAUTH_SPOTIFY_CLIENT_SECRET: Schema.optionalKey(secret("OAUTH_SPOTIFY_CLIENT_SECRET")),
  OAUTH_SPOTIFY_BASE_URL: orDefault(Url, "https://accounts.spotify.com"),
  OAUTH_ALLOWED_REDIRECT_DOMAINS: Schema.optionalKey(List),
  OAUTH_ENCRYPTION_KEY: Schema.optionalKey(secret("OAUTH_ENCRYPTION_KEY", 32)),
  OAUTH_ENCRYPTION_FORMER_KEYS: Schema.optionalKey(SecretList),

  RATE_LIMIT_LIMIT: Schema.optionalKey(whole(1, 1_000_000_000)),
  RATE_LIMIT_WINDOW: orDefault(whole(1, 86_400), "60"),
  MEDIA_RATE_LIMIT_PER_MINUTE: orDefault(whole(1, 1_000_000_000), "6000"),
  USER_RATE_LIMIT_PER_MINUTE: orDefault(whole(1, 1_000_000_000), "1000"),
  USER_RATE_LIMIT_BURST: orDefault(whole(1, 1_000_000_000), "100"),
  API_KEY_RATE_LIMIT_READS_PER_HOUR: orDefault(whole(1, 1_000_000_000), "1000"),
  API_KEY_RATE_LIMIT_WRITES_PER_HOUR: orDefault(whole(1, 1_000_000_000), "200"),
  AUTH_RATE_LIMIT_REGISTER_PER_HOUR: Schema.optionalKey(whole(1, 1_000_000_000)),
  AUTH_RATE_LIMIT_LOGIN_ATTEMPTS: orDefault(whole(1, 1_000_000_000), "5"),
  AUTH_RATE_LIMIT_LOGIN_WINDOW: orDefault(DurationText, "1m"),
  DMCA_NOTICE_RATE_LIMIT_PER_HOUR: orDefault(whole(1, 1_000_000_000), "10"),
  DISABLE_RATE_LIMIT_FOR_TESTS: orDefault(Flag, "false"),

  UPLOAD_DIR: Schema.optionalKey(Schema.String),
  TRACK_STORAGE_BACKEND: orDefault(Schema.Literals(["local", "s3"]), "local"),
  S3_ENDPOINT: Schema.optionalKey(Url),
  S3_PUBLIC_ENDPOINT: Schema.optionalKey(Url),
  S3_REGION: orDefault(Schema.String, "us-east-1"),
  S3_BUCKET: Schema.optionalKey(Schema.String),
  S3_ACCESS_KEY_ID: Schema.optionalKey(secret("S3_ACCESS_KEY_ID")),
  S3_SECRET_ACCESS_KEY: Schema.optionalKey(secret("S3_SECRET_ACCESS_KEY")),
  S3_FORCE_PATH_STYLE: Schema.optionalKey(Flag),
  MAX_TRACK_SIZE: orDefault(SizeText, "100MB"),
  MAX_RESUMABLE_SIZE: orDefault(SizeText, "500MB"),
  MAX_STATEMENT_SIZE: orDefault(SizeText, "1GB"),
  AUDIO_CACHE_SIZE: orDefault(SizeText, "64MB"),
  RESPONSE_CACHE_TTLS: orDefault(TimesByName(["tracks"]), "tracks=15m"),
  MAX_CONCURRENT_UPLOADS: orDefault(whole(1, 10_000), "10"),
  CLAMAV_REQUIRED: Schema.optionalKey(Flag),
  CLAMAV_ADDRESS: orDefault(Schema.String, "localhost:3310"),
  FFMPEG_PATH: Schema.optionalKey(Schema.String),
  HLS_STREAMING: orDefault(Flag, "false"),

  SMTP_URL: Schema.optionalKey(secret("SMTP_URL")),
  MAIL_FROM: orDefault(Schema.String, "Veza <no-reply@veza.local>"),

  PAYMENT_PROVIDER: Schema.optionalKey(Schema.Literals(["hyperswitch", "sandbox", "none"])),
  PAYMENT_SANDBOX_PORT: orDefault(whole(1, 65_535), "8091"),
  HYPERSWITCH_URL: orDefault(Url, "https://api.hyperswitch.io"),
  HYPERSWITCH_API_KEY: Schema.optionalKey(secret("HYPERSWITCH_API_KEY")),
  HYPERSWITCH_WEBHOOK_SECRET: Schema.optionalKey(secret("HYPERSWITCH_WEBHOOK_SECRET", 16)),
  DISTRIBUTOR: Schema.optionalKey(Schema.Literals(["ddex", "sandbox", "none"])),
  DISTRIBUTION_SECRET: Schema.optionalKey(secret("DISTRIBUTION_SECRET", 16)),
  DDEX_PARTY_ID: Schema.optionalKey(PartyId),
  DDEX_OUTBOX: Schema.optionalKey(Schema.String),
  STORES_SANDBOX_PORT: orDefault(whole(1, 65_535), "8092"),
  STORES_SANDBOX_DELAY: orDefault(DurationText, "2s"),
  BILLING_ISSUER: orDefault(Schema.String, "Veza"),
  BILLING_TAX_RATE_BPS: orDefault(whole(0, 10_000), "0"),

  API_ACCESS_RETENTION_DAYS: orDefault(whole(1, 3650), "30"),
  PLAY_RETENTION_DAYS: orDefault(whole(31, 3650), "365"),
  MAINTENANCE_MODE: orDefault(Flag, "false"),
  HANDLER_TIMEOUT: orDefault(DurationText, "30s"),
  STREAM_IDLE_TIMEOUT: orDefault(DurationText, "30s"),
  SHUTDOWN_TIMEOUT: orDefault(DurationText, "25s")
})
export type Environment = typeof Environment.Type
