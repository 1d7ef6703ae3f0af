import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { Redacted } from "effect"
import { type PaymentSandbox, startPaymentSandbox } from "@veza/adapters/payment-sandbox"
import { sandboxControl } from "./payments.ts"
import { type ProductOptions, startProduct } from "./product.ts"
import { freePorts } from "./services/ports.ts"

/** The product with a payment sandbox of its own, which tells each API process in turn what became of payments. */
export const startBilling = async (options: ProductOptions = {}) => {
  const [port = 0] = await freePorts(1)
  const apiKey = randomBytes(16).toString("hex")
  const webhookSecret = randomBytes(16).toString("hex")
  const product = await startProduct({
    ...options,
    env: {
      CLAMAV_REQUIRED: "false",
      PAYMENT_PROVIDER: "hyperswitch",
      HYPERSWITCH_URL: `http://127.0.0.1:${port}`,
      HYPERSWITCH_API_KEY: apiKey,
      HYPERSWITCH_WEBHOOK_SECRET: webhookSecret,
      ...options.env
    }
  })
  const apis = Array.from({ length: options.apis ?? 1 }, (_, n) => product.api(n))
  const startSandbox = (): Promise<PaymentSandbox> =>
    startPaymentSandbox({
      port,
      apiKey: Redacted.make(apiKey),
      webhookSecret: Redacted.make(webhookSecret),
      webhookUrls: apis.map((api) => `${api}/api/v1/webhooks/hyperswitch`),
      file: join(product.home, "payment-sandbox.json")
    })
  let sandbox = await startSandbox()
  return {
    ...product,
    sandbox: sandboxControl(`http://127.0.0.1:${port}`, apiKey),
    /** Takes the provider away, and brings it back as it was. */
    stopSandbox: () => sandbox.stop(),
    restartSandbox: async () => {
      sandbox = await startSandbox()
    },
    stop: async () => {
      await sandbox.stop()
      await product.stop()
    }
  }
}

export type Billing = Awaited<ReturnType<typeof startBilling>>
