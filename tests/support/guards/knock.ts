import { Agent, type IncomingHttpHeaders, request } from "node:http"
import { Option, Schema } from "effect"
import { codeOfPage } from "../sweep/wire.ts"
import type { Outcome } from "./rows.ts"

const codeIn = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ error: Schema.Struct({ code: Schema.String }) }))
)

const refusal = (status: number, body: string): Outcome => {
  const code = codeIn(body)
  const told = Option.isSome(code) ? code.value.error.code : codeOfPage(body)
  return told === undefined ? `${status}` : `${status} ${told}`
}

export interface Heard {
  readonly outcome: Outcome
  readonly headers: IncomingHttpHeaders
}

/** Sends requests without a body over connections that stay open, at most `connections` at once. */
export const knocker = (baseUrl: string, connections: number) => {
  const { hostname, port } = new URL(baseUrl)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const knock = (method: string, path: string, headers: Readonly<Record<string, string>>): Promise<Heard> =>
    new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path, method, headers, agent, timeout: 60_000 }, (response) => {
        const status = response.statusCode ?? 0
        let body = ""
        // Long documents are of no interest here.
        if (status < 400) response.resume()
        else response.setEncoding("utf8").on("data", (part: string) => (body += part))
        response.on("error", reject).on("end", () => {
          resolve({ outcome: status < 400 ? `${status}` : refusal(status, body), headers: response.headers })
        })
      })
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path} was not answered.`)))
      sent.on("error", reject).end()
    })
  return { knock, close: () => agent.destroy() }
}
