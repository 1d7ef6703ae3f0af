import { join } from "node:path"
import { Duration, Effect, Layer, Redacted } from "effect"
import { clamavScanner } from "../clamav.ts"
import type { Settings } from "../config.ts"
import { folderMailer, smtpMailer } from "../mail.ts"
import { rateLimiterMemory } from "../memory.ts"
import { configuredProviders } from "./oauth.ts"
import { distributors } from "./distribution.ts"
import { paymentProviders } from "./payment.ts"

/** Where clamd listens: `host:port`; an IPv6 host stands in brackets. */
export const clamavAddress = (settings: Settings): { readonly host: string; readonly port: number } => {
  const [, host = "localhost", port = "3310"] = /^(.*?)(?::(\d+))?$/u.exec(settings.CLAMAV_ADDRESS) ?? []
  return { host: host.replace(/^\[|\]$/gu, ""), port: Number(port) }
}

/** Their clients are large: only who has such a server loads them. */
const loadRabbitmq = Effect.promise(() => import("../rabbitmq.ts"))
const loadRedis = Effect.promise(() => import("../redis.ts"))

const orEmpty = (url: Redacted.Redacted<string> | undefined) => url ?? Redacted.make("")

/**
 * The adapters of each port that can be chosen, by name: here and nowhere else (architecture, "composition.ts"). Ports
 * with one possible adapter are not listed.
 */
export const registry = {
  rateLimiter: {
    memory: () => rateLimiterMemory,
    redis: (settings: Settings) =>
      Layer.unwrap(
        Effect.map(loadRedis, ({ redisClient, redisRateLimiter }) =>
          redisRateLimiter.pipe(Layer.provide(redisClient(orEmpty(settings.REDIS_URL))))
        )
      )
  },
  scanner: {
    clamav: (settings: Settings) =>
      clamavScanner({
        ...clamavAddress(settings),
        required: settings.CLAMAV_REQUIRED,
        timeout: Duration.seconds(30)
      })
  },
  mailer: {
    folder: (settings: Settings) => folderMailer({ dir: join(settings.VEZA_HOME, "mail"), from: settings.MAIL_FROM }),
    smtp: (settings: Settings) => smtpMailer({ url: orEmpty(settings.SMTP_URL), from: settings.MAIL_FROM })
  },
  paymentProvider: paymentProviders,
  distributor: distributors,
  broker: {
    rabbitmq: (settings: Settings) =>
      Layer.unwrap(
        Effect.map(loadRabbitmq, ({ rabbitmqBroker }) =>
          rabbitmqBroker({
            url: orEmpty(settings.RABBITMQ_URL),
            maxRetries: settings.RABBITMQ_MAX_RETRIES,
            retryInterval: settings.RABBITMQ_RETRY_INTERVAL
          })
        )
      )
  }
} as const

type Registry = typeof registry

/** The name chosen for each port. `outbox`: no broker; the worker dispatches from the outbox itself. */
export interface Choice {
  readonly rateLimiter: keyof Registry["rateLimiter"]
  readonly scanner: keyof Registry["scanner"]
  readonly mailer: keyof Registry["mailer"]
  readonly paymentProvider: keyof Registry["paymentProvider"]
  readonly distributor: keyof Registry["distributor"]
  readonly events: keyof Registry["broker"] | "outbox"
}

/** What the settings choose (05-decisions, "Production starts"): what is not configured has an embedded stand-in. */
export const choose = (settings: Settings): Choice => ({
  rateLimiter: settings.REDIS_URL === undefined ? "memory" : "redis",
  scanner: "clamav",
  mailer: settings.SMTP_URL === undefined ? "folder" : "smtp",
  paymentProvider: settings.PAYMENT_PROVIDER,
  distributor: settings.DISTRIBUTOR,
  events: settings.RABBITMQ_URL === undefined ? "outbox" : "rabbitmq"
})

const consequences: ReadonlyArray<readonly [(choice: Choice, settings: Settings) => boolean, string]> = [
  [({ rateLimiter }) => rateLimiter === "memory", "no REDIS_URL: each process counts rate limits for itself"],
  [({ events }) => events === "outbox", "no RABBITMQ_URL: the worker dispatches events from the outbox"],
  [({ mailer }) => mailer === "folder", "no SMTP_URL: mails are written to the mail folder, not sent"],
  [({ paymentProvider }) => paymentProvider === "none", "no HYPERSWITCH_API_KEY: what costs money is answered 503"],
  [({ paymentProvider }) => paymentProvider === "sandbox", "PAYMENT_PROVIDER=sandbox: payments move no money"],
  [({ distributor }) => distributor === "none", "no DISTRIBUTOR: nothing can be submitted to stores"],
  [({ distributor }) => distributor === "sandbox", "DISTRIBUTOR=sandbox: the stores are not real"],
  [
    (_, settings) => settings.STREAM_SERVER_INTERNAL_API_KEY === undefined,
    "no STREAM_SERVER_INTERNAL_API_KEY: the routes for the stream server are closed"
  ],
  [
    (_, settings) => settings.OAUTH_ENCRYPTION_KEY === undefined && configuredProviders(settings).length > 0,
    "no OAUTH_ENCRYPTION_KEY: the providers' tokens are encrypted with a key derived from JWT_SECRET"
  ],
  [
    (_, settings) => new URL(settings.PUBLIC_URL).hostname === "localhost",
    "no PUBLIC_URL: oEmbed tells other sites to look for players at localhost"
  ],
  [
    (_, settings) => !settings.CLAMAV_REQUIRED,
    "CLAMAV_REQUIRED=false: uploads are accepted unscanned when no scanner answers"
  ]
]

/** Says what this installation goes without: a warning outside development, where it is as intended. */
export const announceChoice = (settings: Settings) =>
  Effect.forEach(
    consequences.filter(([applies]) => applies(choose(settings), settings)),
    ([, text]) => (settings.relaxed ? Effect.logInfo(text) : Effect.logWarning(text)),
    { discard: true }
  )
