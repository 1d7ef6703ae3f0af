import { Agent, request } from "node:http"
import { Schema } from "effect"
import { errorTable, Failure } from "@veza/http-koa/contract"

export interface Shot {
  readonly method: string
  /** As it goes over the wire. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is. */
  readonly body?: string | Uint8Array
  /** Without a length that is told ahead. */
  readonly chunked?: boolean
}

export interface Hit {
  readonly status: number
  /** The answer to HEAD: it says nothing but its status. */
  readonly bodiless: boolean
  /** What a refusal says; undefined for an answer that is no failure in the envelope. */
  readonly error: Pick<Failure["error"], "code" | "details"> | undefined
  readonly text: string
}

const readFailure = Schema.decodeUnknownOption(Schema.fromJsonString(Failure))
const codes = new Set<string>(Object.values(errorTable).map(({ code }) => code))

/** The code of the error that a page for people shows, for programs. */
export const codeOfPage = (text: string): string | undefined => /<body data-error="([A-Z_]+)">/u.exec(text)?.[1]

/** Sends requests over few connections that are kept alive. */
export const makeGun = (baseUrl: string, token: string, connections: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port } = new URL(baseUrl)
  const shoot = ({ method, path, headers = {}, body, chunked = false }: Shot): Promise<Hit> =>
    new Promise((resolve, reject) => {
      const told: Record<string, string> = chunked
        ? { "transfer-encoding": "chunked" }
        : { "content-length": String(Buffer.byteLength(body ?? "")) }
      const length = body === undefined ? {} : told
      const sent = request(
        { hostname, port, agent, method, path, headers: { authorization: `Bearer ${token}`, ...length, ...headers } },
        (answer) => {
          const parts: Array<Buffer> = []
          answer.on("data", (part: Buffer) => parts.push(part))
          answer.once("error", reject)
          answer.once("end", () => {
            const text = Buffer.concat(parts).toString("utf8")
            const failure = readFailure(text)
            const page = codeOfPage(text)
            const shown = page === undefined ? undefined : { code: page }
            const error = failure._tag === "Some" ? failure.value.error : shown
            resolve({ status: answer.statusCode ?? 0, bodiless: method === "HEAD", error, text: text.slice(0, 300) })
          })
        }
      )
      sent.once("error", reject)
      sent.setTimeout(20_000, () => sent.destroy(new Error(`no answer to ${method} ${path.slice(0, 100)}`)))
      sent.end(body)
    })
  return { shoot, close: () => agent.destroy() }
}

/** What is wrong with an answer to input that may be anything: a 5xx that owns to a fault of ours, or a refusal outside the envelope and registry. */
export const faultOf = ({ status, bodiless, error, text }: Hit): string | undefined => {
  if (status >= 500 && status !== 501) return `${status} ${text}`
  if (status < 400 || bodiless) return undefined
  return error !== undefined && codes.has(error.code) ? undefined : `${status} without a code of the registry: ${text}`
}

/** The same for input that must be refused: 400 that names the field at fault, and no other; of a body any of its fields. */
export const faultOfRefusal = (hit: Hit, field: string): string | undefined => {
  if (hit.bodiless) return hit.status === 400 ? undefined : `${hit.status} to HEAD`
  const fields = hit.error?.details?.map((detail) => detail.field) ?? []
  const named =
    fields.length > 0 && fields.every((one) => field === "body" || one === field || one.startsWith(`${field}.`))
  return hit.status === 400 && hit.error?.code === "VALIDATION_FAILED" && named
    ? undefined
    : `${hit.status} ${hit.error?.code ?? ""} names [${fields.join(", ")}], not ${field}: ${hit.text}`
}
