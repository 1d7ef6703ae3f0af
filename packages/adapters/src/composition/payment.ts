import { join } from "node:path"
import { Duration, Effect, Layer, Redacted } from "effect"
import type { Settings } from "../config.ts"
import { paymentProviderAbsent, hyperswitch } from "../payment.ts"
import type { PaymentSandboxSettings } from "../payment-sandbox.ts"
import { deriveKey } from "../crypto/keys.ts"
import { installationSecret } from "./secret.ts"

/** Three tries and their pauses end before HANDLER_TIMEOUT's default does. */
const patience = Duration.seconds(8)
const nobody = Redacted.make("")

/** Hyperswitch, by its settings, which are there when it is chosen. */
const real = (settings: Settings) =>
  hyperswitch({
    url: settings.HYPERSWITCH_URL.replace(/\/+$/u, ""),
    apiKey: settings.HYPERSWITCH_API_KEY ?? nobody,
    webhookSecret: settings.HYPERSWITCH_WEBHOOK_SECRET ?? nobody,
    profileId: settings.HYPERSWITCH_PROFILE_ID,
    patience
  })

const keyFor = (secret: Redacted.Redacted<string>, purpose: string) =>
  Redacted.make(deriveKey(secret, `payment sandbox ${purpose}`).toString("hex"))

/** How the processes of this installation and its sandbox know one another: by keys of the same secret. */
export const sandboxSettings = (settings: Settings) =>
  Effect.map(installationSecret(settings), (secret): PaymentSandboxSettings => ({
    port: settings.PAYMENT_SANDBOX_PORT,
    apiKey: keyFor(secret, "key"),
    webhookSecret: keyFor(secret, "webhooks"),
    webhookUrls: [`http://127.0.0.1:${settings.APP_PORT}/api/v1/webhooks/hyperswitch`],
    file: join(settings.VEZA_HOME, "payment-sandbox.json")
  }))

const sandbox = (settings: Settings) =>
  Layer.unwrap(
    Effect.map(sandboxSettings(settings), ({ port, apiKey, webhookSecret }) =>
      hyperswitch({ url: `http://127.0.0.1:${port}`, apiKey, webhookSecret, patience })
    )
  )

/** The payment providers by the names of PAYMENT_PROVIDER. */
export const paymentProviders = { hyperswitch: real, sandbox, none: () => paymentProviderAbsent } as const
