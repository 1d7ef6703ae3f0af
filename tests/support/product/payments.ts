import { randomUUID } from "node:crypto"
import { Context, Duration, Effect, Layer, Redacted } from "effect"
import { sandboxSettings } from "@veza/adapters/composition"
import { loadSettings } from "@veza/adapters/config"
import { hyperswitch, signatureOf } from "@veza/adapters/payment"
import { Currency, UserId } from "@veza/domain/kernel"
import { type NewPayment, type Payment, PaymentProvider } from "@veza/domain/payments"
import { sandboxControl } from "../payments.ts"
import { type Product, programs, startProduct, type ProductOptions } from "../product.ts"
import { freePorts } from "../services/ports.ts"
import { eventually } from "./eventually.ts"
import { ProductProcess } from "./process.ts"

export const webhookPath = "/api/v1/webhooks/hyperswitch"

/** The payment sandbox of a product under test, in a process of its own as `veza up` starts it. */
const startSandboxProcess = async (product: Product, port: number) => {
  const url = `http://127.0.0.1:${port}`
  const process = new ProductProcess({
    name: "payment sandbox",
    file: programs.veza,
    args: ["sandbox", "payments", "--webhook", `${product.url}${webhookPath}`],
    cwd: product.home,
    env: product.env
  })
  process.start()
  const isUp = () =>
    fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false
    )
  await eventually("an answer of the payment sandbox", isUp, 90_000)
  const settings = await Effect.runPromise(
    Effect.flatMap(loadSettings({ ...product.env }, product.home), sandboxSettings)
  )
  const { apiKey, webhookSecret } = settings
  const adapter = hyperswitch({ url, apiKey, webhookSecret, patience: Duration.seconds(30) })
  const provider = Context.get(await Effect.runPromise(Effect.scoped(Layer.build(adapter))), PaymentProvider)
  return {
    process,
    url,
    apiKey: Redacted.value(apiKey),
    control: sandboxControl(url, Redacted.value(apiKey)),
    provider,
    /** Has the provider set up a mandate of somebody's, or create another payment, as a use-case would. */
    create: (customer: string, given: Partial<NewPayment> = {}): Promise<Payment> =>
      Effect.runPromise(
        provider.create(`invoice:${randomUUID()}:1`, {
          amount: { amount_minor: 0, currency: Currency.make("USD") },
          customer: UserId.make(customer),
          description: "Premium, one month",
          by: { _tag: "Payer", remember: true, returnUrl: undefined },
          ...given
        })
      ),
    sign: (body: string | Uint8Array): string => signatureOf(webhookSecret, Buffer.from(body))
  }
}

/** A product with a payment sandbox whose webhooks go to its first API process. */
export const startPayingProduct = async (options: ProductOptions = {}) => {
  const [port = 0] = await freePorts(1)
  const env = { PAYMENT_PROVIDER: "sandbox", PAYMENT_SANDBOX_PORT: String(port), ...options.env }
  const product = await startProduct({ ...options, env })
  try {
    const sandbox = await startSandboxProcess(product, port)
    const stop = async () => {
      await sandbox.process.stop()
      await product.stop()
    }
    return { product, sandbox, stop }
  } catch (error) {
    await product.stop()
    throw error
  }
}
