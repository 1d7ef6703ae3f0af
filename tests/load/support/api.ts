import { randomBytes } from "node:crypto"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type { ServerCommand } from "./server.ts"

const bin = join(dirname(createRequire(import.meta.url).resolve("@veza/http-koa/package.json")), "bin/veza-api.mjs")
const secret = randomBytes(32).toString("hex")
const unreachable = "1000000000"

export interface ApiOptions {
  readonly name: string
  readonly folder: string
  readonly uploads: string
  readonly databaseUrl: string
  readonly clamavAddress: string
  readonly redisUrl?: string | undefined
  readonly nodeArgs: ReadonlyArray<string>
}

/**
 * The API as production runs it: JSON log at INFO into a file, every check in force. The limiters count each request
 * and never refuse one, because their limits lie out of reach.
 */
export const apiCommand = (options: ApiOptions): ServerCommand => ({
  name: options.name,
  folder: options.folder,
  command: process.execPath,
  // As the first line of the binary says, which a path given to node does not follow.
  args: () => [...process.execArgv, "--max-semi-space-size=16", ...options.nodeArgs, bin],
  readyPath: "/readyz",
  env: (port) => ({
    APP_ENV: "production",
    APP_PORT: String(port),
    LOG_LEVEL: "INFO",
    VEZA_HOME: join(options.folder, "home"),
    UPLOAD_DIR: options.uploads,
    DATABASE_URL: options.databaseUrl,
    JWT_SECRET: secret,
    CORS_ALLOWED_ORIGINS: "https://veza.example",
    CLAMAV_ADDRESS: options.clamavAddress,
    MAX_RESUMABLE_SIZE: "1GB",
    RATE_LIMIT_LIMIT: unreachable,
    MEDIA_RATE_LIMIT_PER_MINUTE: unreachable,
    USER_RATE_LIMIT_PER_MINUTE: unreachable,
    USER_RATE_LIMIT_BURST: unreachable,
    API_KEY_RATE_LIMIT_READS_PER_HOUR: unreachable,
    API_KEY_RATE_LIMIT_WRITES_PER_HOUR: unreachable,
    AUTH_RATE_LIMIT_LOGIN_ATTEMPTS: unreachable,
    AUTH_RATE_LIMIT_REGISTER_PER_HOUR: unreachable,
    ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl })
  })
})
