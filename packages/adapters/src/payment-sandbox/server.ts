import { timingSafeEqual } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { Redacted } from "effect"
import { Books, Refusal, type SandboxPayment } from "./books.ts"
import { Courier } from "./courier.ts"
import { contentSecurityPolicy, listPage, notFoundPage, payPage } from "./page.ts"
import {
  DisputeRequest,
  PaymentRequest,
  PayRequest,
  reader,
  RefundRequest,
  ReleaseRequest,
  WhimsRequest
} from "./requests.ts"
import { readStored, stateWriter } from "./state-file.ts"

export interface PaymentSandboxSettings {
  /** 0 takes any. */
  readonly port: number
  readonly apiKey: Redacted.Redacted<string>
  readonly webhookSecret: Redacted.Redacted<string>
  readonly webhookUrls: ReadonlyArray<string>
  /** Where its state is kept. */
  readonly file: string
}

export interface PaymentSandbox {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Bytes of a request; honest ones have a few hundred. */
const maxBody = 64 * 1024

/** Payments that the list shows. */
const shown = 100
const ownNames = new Set(["localhost", "127.0.0.1"])

interface Answer {
  readonly status: number
  readonly type: "json" | "page" | "elsewhere"
  readonly body: string
}

const json = (body: object, status = 200): Answer => ({ status, type: "json", body: JSON.stringify(body) })
const page = (body: string, status = 200): Answer => ({ status, type: "page", body })
const seeOther = (location: string): Answer => ({ status: 303, type: "elsewhere", body: location })

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBody) throw new Refusal(413, "IR_06", "The request body is too large")
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString("utf8")
}

const same = (a: string, b: string): boolean => {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

const send = (response: ServerResponse, { status, type, body }: Answer): void => {
  const common = { "cache-control": "no-store", "x-content-type-options": "nosniff" }
  if (type === "elsewhere") {
    response.writeHead(status, { ...common, location: body }).end()
    return
  }
  response
    .writeHead(status, {
      ...common,
      ...(type === "json"
        ? { "content-type": "application/json" }
        : {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": contentSecurityPolicy,
            "referrer-policy": "no-referrer"
          })
    })
    .end(body)
}

const read = {
  payment: reader(PaymentRequest),
  refund: reader(RefundRequest),
  pay: reader(PayRequest),
  dispute: reader(DisputeRequest),
  whims: reader(WhimsRequest),
  release: reader(ReleaseRequest)
}

const asChoice = (text: string | undefined) => read.pay(JSON.stringify({ choice: text })).choice

const pause = (milliseconds: number): Promise<void> => new Promise((resume) => setTimeout(resume, milliseconds))

/**
 * A payment provider for development and tests, which speaks the part of Hyperswitch's API that this product uses, has a
 * page to pay on, and misbehaves on command. Only this machine reaches it. Its state survives a restart.
 */
export const startPaymentSandbox = async (settings: PaymentSandboxSettings): Promise<PaymentSandbox> => {
  const stored = readStored(settings.file)
  const writer = stateWriter(settings.file, () => ({ ...books.state, parcels: courier.parcels }))
  const courier = new Courier(Redacted.value(settings.webhookSecret), settings.webhookUrls, stored.parcels, () => {
    void writer.written()
  })
  const books = new Books(stored, courier.take)
  const faults = { calls: 0, when: "before", answerDelay: 0 }
  let base = ""

  const linkOf = ({ payment_id: id, client_secret: secret }: SandboxPayment) =>
    `${base}/pay/${id}?client_secret=${encodeURIComponent(secret)}`
  const view = (payment: SandboxPayment, withLink = true) =>
    json({
      ...payment,
      ...(withLink ? { payment_link: { link: linkOf(payment), payment_link_id: payment.payment_id } } : {})
    })

  const onApi = (method: string, path: string, body: string): Answer => {
    const [, kind, id = "", action = ""] = path.split("/")
    switch (`${method} ${kind}${id === "" ? "" : "/:id"}${action === "" ? "" : `/${action}`}`) {
      case "POST payments": {
        const wanted = read.payment(body)
        return view(books.create(wanted), wanted.recurring_details === undefined)
      }
      case "GET payments/:id":
        return view(books.payment(id))
      case "POST payments/:id/cancel":
        return view(books.cancel(id))
      case "POST refunds": {
        const { refund_id, payment_id, amount, reason } = read.refund(body)
        return json(books.makeRefund(refund_id, payment_id, amount, reason ?? null))
      }
      case "GET refunds/:id":
        return json(books.refund(id))
      default:
        throw new Refusal(404, "IR_02", "Unrecognized request URL")
    }
  }

  const disputed = (id: string, body: string): Answer => {
    const { status, stage } = read.dispute(body)
    return json(books.dispute(id, status, stage))
  }

  const onControl = (method: string, path: string, body: string): Answer => {
    const [, , action = "", id = ""] = path.split("/")
    switch (`${method} ${action}`) {
      case "POST pay":
        return view(books.pay(id, read.pay(body).choice))
      case "POST dispute":
        return disputed(id, body)
      case "PUT whims": {
        const wanted = read.whims(body)
        courier.urls = wanted.urls ?? courier.urls
        courier.whims.delayMs = wanted.delay_ms ?? courier.whims.delayMs
        courier.whims.copies = wanted.copies ?? courier.whims.copies
        courier.whims.hold = wanted.hold ?? courier.whims.hold
        courier.whims.lose = wanted.lose ?? courier.whims.lose
        faults.calls = wanted.fail_calls ?? faults.calls
        faults.when = wanted.fail_when ?? faults.when
        faults.answerDelay = wanted.answer_delay_ms ?? faults.answerDelay
        return json({})
      }
      case "POST release":
        courier.release(read.release(body).order === "reversed")
        return json({})
      case "GET sent":
        return json({ sent: courier.sent, waiting: courier.parcels.length })
      default:
        throw new Refusal(404, "IR_02", "Unrecognized request URL")
    }
  }

  const onPage = (method: string, url: URL, body: string): Answer => {
    const form = new URLSearchParams(body)
    const secret = method === "POST" ? form.get("client_secret") : url.searchParams.get("client_secret")
    const found = books.state.payments.find(({ payment_id: id }) => `/pay/${id}` === url.pathname)
    if (found === undefined || !same(found.client_secret, secret ?? "")) return page(notFoundPage(), 404)
    if (method !== "POST") return page(payPage(found))
    return seeOther(linkOf(books.pay(found.payment_id, asChoice(form.getAll("choice").at(-1)))))
  }

  const isFailing = (when: string): boolean => {
    if (faults.calls === 0 || faults.when !== when) return false
    faults.calls--
    return true
  }
  const failure = json({ error: { type: "server_not_available", code: "HE_00", message: "Something went wrong" } }, 503)

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { method = "GET", headers } = request
    const url = new URL(request.url ?? "/", "http://sandbox")
    const body = await readBody(request)
    // Whoever reads the list can pay: it is for this machine's browser, not for sites that give it their own name.
    if (!ownNames.has(new URL(`http://${headers.host ?? ""}`).hostname)) throw new Refusal(421, "IR_02", "Not here")
    if (url.pathname === "/" && method === "GET")
      return page(listPage(books.state.payments.slice(-shown).toReversed(), linkOf))
    if (url.pathname === "/health") return json({ status: "up" })
    if (url.pathname.startsWith("/pay/")) return onPage(method, url, body)
    if (!same(Redacted.value(settings.apiKey), String(headers["api-key"] ?? ""))) {
      throw new Refusal(401, "IR_01", "API key not provided or invalid API key used")
    }
    if (url.pathname.startsWith("/sandbox/")) return onControl(method, url.pathname, body)
    if (isFailing("before")) return failure
    const given = onApi(method, url.pathname, body)
    if (faults.answerDelay > 0) await pause(faults.answerDelay)
    return isFailing("after") ? failure : given
  }

  const answerWell = (request: IncomingMessage): Promise<Answer> =>
    answer(request).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      const { code, message, status } = error
      return json({ error: { type: "invalid_request", code, message } }, status)
    })
  /** What was changed is on the disk before anybody is told of it. */
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const given = await answerWell(request)
    if (request.method !== "GET") await writer.written()
    send(response, given)
  }
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.requestTimeout = 15_000
  await new Promise<void>((done, failed) => {
    server.once("error", failed)
    server.listen(settings.port, "127.0.0.1", done)
  })
  const address = server.address()
  base = `http://localhost:${typeof address === "object" && address !== null ? address.port : settings.port}`
  return {
    url: base,
    stop: async () => {
      courier.close()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await writer.written()
    }
  }
}
