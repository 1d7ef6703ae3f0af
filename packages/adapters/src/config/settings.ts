import { Context } from "effect"
import type { Environment } from "./schema.ts"

/** What the environment means for this installation: defaults by APP_ENV are filled in, alternatives decided. */
export interface Settings extends Omit<
  Environment,
  | "FRONTEND_URL"
  | "CORS_ALLOWED_ORIGINS"
  | "REDIS_ENABLE"
  | "RABBITMQ_ENABLE"
  | "CLAMAV_REQUIRED"
  | "RATE_LIMIT_LIMIT"
  | "AUTH_RATE_LIMIT_REGISTER_PER_HOUR"
  | "UPLOAD_DIR"
  | "PAYMENT_PROVIDER"
  | "DISTRIBUTOR"
  | "DDEX_OUTBOX"
  | "PUBLIC_URL"
  | "S3_FORCE_PATH_STYLE"
  | "OAUTH_ALLOWED_REDIRECT_DOMAINS"
> {
  readonly FRONTEND_URL: string
  readonly CORS_ALLOWED_ORIGINS: ReadonlyArray<string>
  readonly CLAMAV_REQUIRED: boolean
  readonly RATE_LIMIT_LIMIT: number
  readonly AUTH_RATE_LIMIT_REGISTER_PER_HOUR: number
  readonly UPLOAD_DIR: string
  readonly PAYMENT_PROVIDER: "hyperswitch" | "sandbox" | "none"
  readonly DISTRIBUTOR: "ddex" | "sandbox" | "none"
  readonly DDEX_OUTBOX: string
  readonly PUBLIC_URL: string
  readonly S3_FORCE_PATH_STYLE: boolean
  readonly OAUTH_ALLOWED_REDIRECT_DOMAINS: ReadonlyArray<string>
  /** Development and test relax what staging and production must not. */
  readonly relaxed: boolean
}

export class AppSettings extends Context.Service<AppSettings, Settings>()("@veza/adapters/AppSettings") {}
