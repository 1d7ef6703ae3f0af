import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import { Redacted } from "effect"
import { type PaymentSandboxSettings, startPaymentSandbox } from "@veza/adapters/payment-sandbox"
import type { SignedBody } from "@veza/domain/payments"
import { eventually } from "./product/eventually.ts"

/** Commands to a payment sandbox, as tests give them. */
export const sandboxControl = (url: string, apiKey: string) => {
  const command = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/sandbox/${path}`, {
      method,
      headers: { "api-key": apiKey },
      body: body === undefined ? null : JSON.stringify(body)
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`The sandbox answered ${response.status} to ${path}: ${JSON.stringify(answer)}`)
    return answer
  }
  return {
    pay: (id: string, choice: "works" | "later_declined" | "declined" | "cancels") =>
      command("POST", `pay/${id}`, { choice }),
    dispute: (id: string, status: string) => command("POST", `dispute/${id}`, { status }),
    whims: (whims: object) => command("PUT", "whims", whims),
    release: (order: "kept" | "reversed") => command("POST", "release", { order }),
    /** Every attempt to deliver so far, and how many events still wait. */
    sent: () => command("GET", "sent")
  }
}

/** Something that takes webhooks in and keeps them. */
export const startWebhookReceiver = async () => {
  const taken: Array<SignedBody> = []
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const signature = request.headers["x-webhook-signature-512"]
      taken.push({ body: new Uint8Array(body), signature: typeof signature === "string" ? signature : undefined })
      response.writeHead(200).end()
    })
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("The receiver has no address.")
  return {
    url: `http://127.0.0.1:${address.port}/`,
    taken,
    /** The first delivery whose text holds all of `words`. */
    delivery: (...words: ReadonlyArray<string>): Promise<SignedBody> =>
      eventually(`a webhook with ${words.join(", ")}`, () =>
        taken.find(({ body }) => words.every((word) => Buffer.from(body).includes(word)))
      ),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    }
  }
}

/** A payment sandbox in this process, whose webhooks are kept here. */
export const startSandbox = async () => {
  const home = await mkdtemp(join(tmpdir(), "veza-sandbox-"))
  const receiver = await startWebhookReceiver()
  const apiKey = randomBytes(16).toString("hex")
  const webhookSecret = randomBytes(16).toString("hex")
  const settings: PaymentSandboxSettings = {
    port: 0,
    apiKey: Redacted.make(apiKey),
    webhookSecret: Redacted.make(webhookSecret),
    webhookUrls: [receiver.url],
    file: join(home, "state", "sandbox.json")
  }
  const sandbox = await startPaymentSandbox(settings)
  return {
    url: sandbox.url,
    settings,
    receiver,
    control: sandboxControl(sandbox.url, apiKey),
    stop: async () => {
      await sandbox.stop()
      await receiver.stop()
      await rm(home, { recursive: true, force: true })
    }
  }
}
