import type { Environment } from "./schema.ts"

/** What the documents say of a variable. `fallback`: the default as text; empty where there is none. */
export interface About {
  readonly fallback: string
  readonly text: string
}

const about = (fallback: string, text: string): About => ({ fallback, text })

/** One line for each variable, in the order of the table in docs/configuration.md. */
export const aboutVariables: Readonly<Record<keyof Environment, About>> = {
  APP_ENV: about(
    "",
    "`development`, `test`, `staging` or `production`. Required; the package scripts set `development`. `ENVIRONMENT` is a deprecated alias"
  ),
  APP_PORT: about("8080", "Port of the HTTP host; 0 takes any"),
  WORKER_PORT: about("8090", "Port of the worker's `/healthz` and `/metrics`"),
  FRONTEND_URL: about(
    "",
    "Where links in mails and players lead: http://localhost:3000 in development and test, else the first of CORS_ALLOWED_ORIGINS"
  ),
  CORS_ALLOWED_ORIGINS: about(
    "",
    "Origins of the front end, separated by commas. Required in staging and production; else that of FRONTEND_URL"
  ),
  TRUSTED_PROXIES: about("", "Addresses or CIDR blocks whose `X-Forwarded-For` counts"),
  LOG_LEVEL: about("INFO", "`TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`"),
  VEZA_HOME: about(
    ".veza",
    "Folder of the embedded defaults (database, mail, uploads) and of exports; API and worker share it"
  ),
  DATABASE_URL: about("", "`postgres://…`. Required but in development, where the embedded server stands in"),
  DB_MAX_CONNECTIONS: about(
    "10",
    "Connections of a process's main pool (at least 4, of which two listen); two more carry short reads"
  ),
  DB_MAX_RETRIES: about("5", "How often the first connection is tried again"),
  DB_RETRY_INTERVAL: about("5s", "Pause between those tries"),
  MIGRATE_ON_START: about("true", "Bring the schema up to date before serving"),
  REDIS_ENABLE: about(
    "",
    "`false` ignores REDIS_URL; `true` without it means redis://localhost:6379 (a fault in staging and production)"
  ),
  REDIS_URL: about(
    "",
    "`redis://…`, by TLS `rediss://…`: rate limits shared between processes; without it each counts for itself"
  ),
  RABBITMQ_ENABLE: about("", "Likewise for RABBITMQ_URL; amqp://guest:guest@localhost:5672/"),
  RABBITMQ_URL: about(
    "",
    "`amqp://…`, by TLS `amqps://…`: broker for events; without it the worker dispatches from the outbox"
  ),
  RABBITMQ_MAX_RETRIES: about("3", "How often the first connection is tried again"),
  RABBITMQ_RETRY_INTERVAL: about("2s", "Pause between those tries"),
  JWT_SECRET: about("", "At least 32 characters. Required but in development, which makes its own"),
  JWT_PRIVATE_KEY_PATH: about(
    "",
    "PEM file of the key that signs access tokens: RSA (2048 to 8192 bits) means RS256, Ed25519 means EdDSA. Takes precedence over JWT_SECRET, which then only protects other secrets; make one with `veza keys generate`"
  ),
  JWT_PUBLIC_KEY_PATH: about(
    "",
    "PEM files, separated by commas, of public keys that verify access tokens besides that of JWT_PRIVATE_KEY_PATH: the former keys of a rotation"
  ),
  JWT_ISSUER: about("veza-api", "`iss` of access tokens"),
  JWT_AUDIENCE: about("veza-app", "`aud` of access tokens"),
  PASSWORD_MIN_LENGTH: about("10", "In code points"),
  AGE_GATE_REQUIRED: about("false", "Registering needs a date of birth"),
  BYPASS_CONTENT_CREATOR_ROLE: about("false", "Everybody may upload. Development and test only"),
  CSRF_DISABLED: about("false", "Development and test only"),
  STREAM_SERVER_INTERNAL_API_KEY: about(
    "",
    "At least 16 characters, which the stream server shows as `X-Internal-API-Key`; without it the internal routes are closed"
  ),
  PUBLIC_URL: about(
    "",
    "Where browsers reach this API, as others know it: the callbacks of OAuth, the players that oEmbed leads to. Required in staging and production with a provider; else http://localhost:APP_PORT"
  ),
  OAUTH_GOOGLE_CLIENT_ID: about(
    "",
    "Log in with Google: the client's id, from the provider; without it there is no such log-in"
  ),
  OAUTH_GOOGLE_CLIENT_SECRET: about("", "The client's secret"),
  OAUTH_GOOGLE_BASE_URL: about("https://accounts.google.com", "The issuer; https in staging and production"),
  OAUTH_GITHUB_CLIENT_ID: about(
    "",
    "Log in with GitHub: the client's id, from the provider; without it there is no such log-in"
  ),
  OAUTH_GITHUB_CLIENT_SECRET: about("", "The client's secret"),
  OAUTH_GITHUB_BASE_URL: about(
    "https://github.com",
    "Where GitHub is; the interface of an enterprise server is expected under `/api/v3`; https in staging and production"
  ),
  OAUTH_DISCORD_CLIENT_ID: about(
    "",
    "Log in with Discord: the client's id, from the provider; without it there is no such log-in"
  ),
  OAUTH_DISCORD_CLIENT_SECRET: about("", "The client's secret"),
  OAUTH_DISCORD_BASE_URL: about("https://discord.com", "Where Discord is; https in staging and production"),
  OAUTH_SPOTIFY_CLIENT_ID: about(
    "",
    "Log in with Spotify: the client's id, from the provider; without it there is no such log-in"
  ),
  OAUTH_SPOTIFY_CLIENT_SECRET: about("", "The client's secret"),
  OAUTH_SPOTIFY_BASE_URL: about("https://accounts.spotify.com", "Where Spotify is; https in staging and production"),
  OAUTH_ALLOWED_REDIRECT_DOMAINS: about(
    "",
    "Hosts, separated by commas, that a browser may be sent to after such a log-in, by https; else that of FRONTEND_URL. Exact; with a port where that is unusual"
  ),
  OAUTH_ENCRYPTION_KEY: about(
    "",
    "At least 32 characters, for the providers' tokens; else a key derived from JWT_SECRET. After setting it run `veza oauth encrypt-tokens --rotate`"
  ),
  OAUTH_ENCRYPTION_FORMER_KEYS: about(
    "",
    "Former values of OAUTH_ENCRYPTION_KEY or JWT_SECRET, separated by commas: they still open tokens"
  ),
  RATE_LIMIT_LIMIT: about("", "Requests an address may make in a window: 1000 in development and test, else 200"),
  RATE_LIMIT_WINDOW: about("60", "Seconds of that window"),
  MEDIA_RATE_LIMIT_PER_MINUTE: about("6000", "Streams and waveforms an address may ask for"),
  USER_RATE_LIMIT_PER_MINUTE: about("1000", "Requests of one user"),
  USER_RATE_LIMIT_BURST: about("100", "Of these, how many at once"),
  API_KEY_RATE_LIMIT_READS_PER_HOUR: about("1000", "GET and HEAD requests of one API key"),
  API_KEY_RATE_LIMIT_WRITES_PER_HOUR: about("200", "Other requests of one API key, counted apart"),
  AUTH_RATE_LIMIT_REGISTER_PER_HOUR: about("", "Registrations from an address: 20 in development and test, else 3"),
  AUTH_RATE_LIMIT_LOGIN_ATTEMPTS: about(
    "5",
    "Log-ins at one account from one address in a window; after as many failures each makes the next wait longer"
  ),
  AUTH_RATE_LIMIT_LOGIN_WINDOW: about("1m", "That window"),
  DMCA_NOTICE_RATE_LIMIT_PER_HOUR: about("10", "Notices of infringement from an address"),
  DISABLE_RATE_LIMIT_FOR_TESTS: about("false", "Development and test only"),
  UPLOAD_DIR: about(
    "",
    "Where local track files are kept, and uploads until they are scanned: `uploads`, in development `uploads` in VEZA_HOME"
  ),
  TRACK_STORAGE_BACKEND: about(
    "local",
    "Where new track files go: `local` or `s3`. Each track stays where it is until `veza storage migrate` moves it"
  ),
  S3_ENDPOINT: about("", "The object store, unless it is Amazon's: an address such as https://minio.internal:9000"),
  S3_PUBLIC_ENDPOINT: about("", "Where players reach the same store, if that is another address: links lead there"),
  S3_REGION: about("us-east-1", "Region of the bucket"),
  S3_BUCKET: about(
    "",
    "The bucket; it belongs to this installation alone. Required with `TRACK_STORAGE_BACKEND=s3`, and as long as tracks are there"
  ),
  S3_ACCESS_KEY_ID: about("", "Required with S3_BUCKET"),
  S3_SECRET_ACCESS_KEY: about("", "Required with S3_BUCKET"),
  S3_FORCE_PATH_STYLE: about(
    "",
    "The bucket stands in the path of addresses, not in their host: `true` with S3_ENDPOINT, else `false`"
  ),
  MAX_TRACK_SIZE: about("100MB", "Largest upload in one request; `KB`, `MB`, `GB` are powers of 1024"),
  MAX_RESUMABLE_SIZE: about("500MB", "Largest resumable upload; clamd's limits must reach as far (`veza doctor`)"),
  MAX_STATEMENT_SIZE: about("1GB", "Largest statement of royalties that is imported"),
  AUDIO_CACHE_SIZE: about("64MB", "Memory for parts of files that are listened to again; 0 keeps none"),
  RESPONSE_CACHE_TTLS: about(
    "tracks=15m",
    "How long answers to anonymous readers are kept in memory, by kind; a change drops them at once, 0s keeps none"
  ),
  MAX_CONCURRENT_UPLOADS: about("10", "Uploads a process takes in at once; more are answered 503"),
  CLAMAV_REQUIRED: about("", "Nothing is accepted unscanned. True but in development"),
  CLAMAV_ADDRESS: about("localhost:3310", "`host:port` of clamd"),
  FFMPEG_PATH: about(
    "",
    "ffmpeg, if it is not on the PATH; draws waveforms of compressed audio and makes the renditions of HLS"
  ),
  HLS_STREAMING: about(
    "false",
    "Serve HLS, and let workers make renditions of tracks that get ready; needs ffmpeg there. For tracks from before: `veza hls build`"
  ),
  SMTP_URL: about("", "`smtp://user:password@host:587`; without it mails are written to VEZA_HOME/mail"),
  MAIL_FROM: about("Veza <no-reply@veza.local>", "Sender of mails"),
  PAYMENT_PROVIDER: about(
    "",
    "`hyperswitch`, `sandbox` (development and test only) or `none`: what costs money is answered 503. Hyperswitch where its key is set, else the sandbox in development, else none"
  ),
  PAYMENT_SANDBOX_PORT: about("8091", "Port of the payment sandbox, on this machine only"),
  HYPERSWITCH_URL: about(
    "https://api.hyperswitch.io",
    "Where Hyperswitch is; https in staging and production, and not its sandbox in production"
  ),
  HYPERSWITCH_API_KEY: about("", "The secret key of the merchant account"),
  HYPERSWITCH_WEBHOOK_SECRET: about(
    "",
    "At least 16 characters: the `payment_response_hash_key` of the profile, which signs what Hyperswitch posts to `/api/v1/webhooks/hyperswitch`. Required with HYPERSWITCH_API_KEY"
  ),
  HYPERSWITCH_PROFILE_ID: about(
    "",
    "The business profile that takes the payments, for a merchant account with several"
  ),
  DISTRIBUTOR: about(
    "",
    "The way to the stores: `ddex` writes batches for them into DDEX_OUTBOX, `sandbox` is for development and test only, with `none` nothing can be submitted. The sandbox in development, else none"
  ),
  DISTRIBUTION_SECRET: about(
    "",
    "At least 16 characters: the key of the signatures of callbacks to `/api/v1/webhooks/distribution/{store}`. Required with DISTRIBUTOR=ddex"
  ),
  DDEX_PARTY_ID: about("", "Who sends the batches: your DDEX party id without hyphens. Required with DISTRIBUTOR=ddex"),
  DDEX_OUTBOX: about("", "Folder of the batches, one below it for each store; `ddex` below VEZA_HOME if unset"),
  STORES_SANDBOX_PORT: about("8092", "Port of the sandbox stores, on this machine only"),
  STORES_SANDBOX_DELAY: about("2s", "Pause between the steps of a sandbox store"),
  BILLING_ISSUER: about(
    "Veza",
    "Who invoices are from: name, address and tax number, line by line, separated by semicolons"
  ),
  BILLING_TAX_RATE_BPS: about(
    "0",
    "Tax on top of every price, in basis points: 2000 is 20 %. Invoices keep the rate they were issued with"
  ),
  API_ACCESS_RETENTION_DAYS: about("30", "Days for which each authenticated call is remembered"),
  PLAY_RETENTION_DAYS: about(
    "365",
    "Days for which single plays are remembered, rounded up to whole months; the counts by day stay for good"
  ),
  MAINTENANCE_MODE: about("false", "Forces maintenance for the life of this process"),
  HANDLER_TIMEOUT: about("30s", "Longest time to the headers of a JSON answer"),
  STREAM_IDLE_TIMEOUT: about("30s", "Longest standstill of a stream or an upload"),
  SHUTDOWN_TIMEOUT: about("25s", "How long a shutdown waits for what is under way")
}

/** docs/configuration.md, which a test keeps fresh. */
export const configurationPage = (): string =>
  [
    "# Configuration",
    "",
    "Settings are environment variables, also read from `.env.{APP_ENV}` and `.env` (the environment wins, then the",
    "former). They are read once, at start; every fault is listed at once, by name, and the process exits 78. Durations",
    "read `250ms`, `30s`, `5m`, `1h`. Made from `packages/adapters/src/config/about.ts`.",
    "",
    "| variable | default | meaning |",
    "| --- | --- | --- |",
    ...Object.entries(aboutVariables).map(
      ([name, { fallback, text }]) => `| \`${name}\` | ${fallback === "" ? "" : `\`${fallback}\``} | ${text} |`
    ),
    ""
  ].join("\n")
