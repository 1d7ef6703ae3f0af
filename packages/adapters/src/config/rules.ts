import { isIP } from "node:net"
import { join } from "node:path"
import { Redacted } from "effect"
import { distributionFaults } from "./distribution-faults.ts"
import { oauthFaults } from "./oauth-faults.ts"
import { paymentFaults } from "./payment-faults.ts"
import type { Environment } from "./schema.ts"
import type { Settings } from "./settings.ts"
import { storageFaults } from "./storage-faults.ts"

export interface Fault {
  readonly variable: string
  readonly message: string
}

const developmentOnly = ["DISABLE_RATE_LIMIT_FOR_TESTS", "CSRF_DISABLED", "BYPASS_CONTENT_CREATOR_ROLE"] as const

/** The variables as they stand in the environment; empty ones are absent. */
export type Variables = Record<string, string | undefined>

export const listed = (text: string | undefined): ReadonlyArray<string> =>
  (text ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")

/** An address, or one with the number of leading bits that count. */
const isAddressBlock = (text: string): boolean => {
  const [address = "", bits, ...rest] = text.split("/")
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/**
 * What no single variable's schema can say: needs that depend on APP_ENV and on one another. Judged on the raw text, so
 * that these faults are listed together with those of the schema.
 */
export const crossFaults = (variables: Variables): ReadonlyArray<Fault> => {
  const faults: Array<Fault> = []
  const appEnv = variables["APP_ENV"]
  const relaxed = appEnv === "development" || appEnv === "test"
  const isOn = (name: string) => /^(?:true|1)$/iu.test(variables[name] ?? "")
  const refuse = (variable: string, wrong: boolean, message: string) => {
    if (wrong) faults.push({ variable, message })
  }
  const databaseUrl = variables["DATABASE_URL"]
  if (appEnv !== undefined && appEnv !== "development") {
    refuse("DATABASE_URL", databaseUrl === undefined, "is required: postgres://user:password@host:5432/database")
    refuse(
      "JWT_SECRET",
      variables["JWT_SECRET"] === undefined,
      "is required: at least 32 characters, for example from `openssl rand -hex 32`"
    )
  }
  refuse(
    "DATABASE_URL",
    databaseUrl !== undefined && !/^postgres(?:ql)?:\/\//u.test(databaseUrl),
    "must begin with postgres://"
  )
  for (const [name, scheme] of [
    ["REDIS_URL", "redis"],
    ["RABBITMQ_URL", "amqp"]
  ] as const) {
    const url = variables[name]
    const isUrl = url === undefined || (new RegExp(`^${scheme}s?://.`, "u").test(url) && URL.canParse(url))
    refuse(name, !isUrl, `must be an address that begins with ${scheme}:// or, by TLS, ${scheme}s://`)
  }
  const origins = listed(variables["CORS_ALLOWED_ORIGINS"])
  for (const origin of origins) {
    refuse(
      "CORS_ALLOWED_ORIGINS",
      !/^https?:\/\/[^/\s*]+$/u.test(origin),
      `holds “${origin}”, which is not one origin such as https://veza.example; wildcards are refused`
    )
  }
  for (const proxy of listed(variables["TRUSTED_PROXIES"])) {
    refuse("TRUSTED_PROXIES", !isAddressBlock(proxy), `holds “${proxy}”, which is no address or CIDR block`)
  }
  if (appEnv === "staging" || appEnv === "production") {
    refuse(
      "CORS_ALLOWED_ORIGINS",
      origins.length === 0,
      "is required: the origins of the front end, separated by commas"
    )
    for (const flag of developmentOnly) {
      refuse(flag, isOn(flag), `is for development and test; it is refused in ${appEnv}`)
    }
  }
  faults.push(
    ...oauthFaults(variables, relaxed),
    ...paymentFaults(variables, relaxed),
    ...distributionFaults(variables, relaxed),
    ...storageFaults(variables)
  )
  for (const server of ["REDIS", "RABBITMQ"]) {
    refuse(
      `${server}_ENABLE`,
      !relaxed && isOn(`${server}_ENABLE`) && variables[`${server}_URL`] === undefined,
      `is true but ${server}_URL is not set`
    )
  }
  return faults
}

const enabledUrl = (enabled: boolean | undefined, url: Redacted.Redacted<string> | undefined, fallback: string) => {
  if (enabled === false) return undefined
  return url ?? (enabled === true ? Redacted.make(fallback) : undefined)
}

/** Fills in what depends on APP_ENV (00-conventions, 05-decisions "Production starts"). Call it only without faults. */
export const settle = (env: Environment): Settings => {
  const relaxed = env.APP_ENV === "development" || env.APP_ENV === "test"
  const { REDIS_ENABLE, RABBITMQ_ENABLE, REDIS_URL, RABBITMQ_URL, ...rest } = env
  const redis = enabledUrl(REDIS_ENABLE, REDIS_URL, "redis://localhost:6379")
  const rabbitmq = enabledUrl(RABBITMQ_ENABLE, RABBITMQ_URL, "amqp://guest:guest@localhost:5672/")
  const inDevelopment = env.APP_ENV === "development" ? "sandbox" : "none"
  const frontend = env.FRONTEND_URL ?? (relaxed ? undefined : env.CORS_ALLOWED_ORIGINS?.[0]) ?? "http://localhost:3000"
  return {
    ...rest,
    FRONTEND_URL: frontend,
    ...(redis === undefined ? {} : { REDIS_URL: redis }),
    ...(rabbitmq === undefined ? {} : { RABBITMQ_URL: rabbitmq }),
    CORS_ALLOWED_ORIGINS: env.CORS_ALLOWED_ORIGINS ?? [new URL(frontend).origin],
    CLAMAV_REQUIRED: env.CLAMAV_REQUIRED ?? env.APP_ENV !== "development",
    RATE_LIMIT_LIMIT: env.RATE_LIMIT_LIMIT ?? (relaxed ? 1000 : 200),
    AUTH_RATE_LIMIT_REGISTER_PER_HOUR: env.AUTH_RATE_LIMIT_REGISTER_PER_HOUR ?? (relaxed ? 20 : 3),
    PAYMENT_PROVIDER: env.PAYMENT_PROVIDER ?? (env.HYPERSWITCH_API_KEY === undefined ? inDevelopment : "hyperswitch"),
    DISTRIBUTOR: env.DISTRIBUTOR ?? inDevelopment,
    DDEX_OUTBOX: env.DDEX_OUTBOX ?? join(env.VEZA_HOME, "ddex"),
    UPLOAD_DIR: env.UPLOAD_DIR ?? (env.APP_ENV === "development" ? join(env.VEZA_HOME, "uploads") : "uploads"),
    S3_FORCE_PATH_STYLE: env.S3_FORCE_PATH_STYLE ?? env.S3_ENDPOINT !== undefined,
    PUBLIC_URL: env.PUBLIC_URL ?? `http://localhost:${env.APP_PORT}`,
    OAUTH_ALLOWED_REDIRECT_DOMAINS: env.OAUTH_ALLOWED_REDIRECT_DOMAINS ?? [new URL(frontend).host],
    relaxed
  }
}
