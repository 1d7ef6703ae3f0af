import { createServer } from "node:http"
import { Schema } from "effect"
import { type Browser, chromium, type Page } from "playwright-core"
import { prepareToolchain } from "../services/index.ts"
import { freePorts } from "../services/ports.ts"

const flags =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"

/** A headless browser of the toolchain, with more flags than the usual. */
export const startBrowser = async (...more: ReadonlyArray<string>): Promise<Browser> => {
  const { path } = await prepareToolchain(["chromium"])
  return chromium.launch({ executablePath: path("chromium"), args: [...flags.split(" "), ...more] })
}

/**
 * Empty pages of three origins. The API under test is served at 127.0.0.1: `frontEnd` and `sibling` are of its site,
 * whatever their ports; `evil` is of another.
 */
export const startPages = async () => {
  const [front = 0, other = 0] = await freePorts(2)
  const servers = [front, other].map((port) =>
    createServer((_request, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8")
      response.end('<!doctype html><link rel="icon" href="data:,"><title>A page</title>')
    }).listen(port, "127.0.0.1")
  )
  return {
    frontEnd: `http://127.0.0.1:${front}`,
    sibling: `http://127.0.0.1:${other}`,
    evil: `http://evil.localhost:${other}`,
    stop: () => {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
    }
  }
}

export interface Call {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const decodeText = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Unknown))

/** Calls by the page's script with its cookies; undefined when the browser keeps the answer from the page. */
export const callFrom = async (page: Page, call: Call) => {
  const answer = await page.evaluate(async ({ url, method, headers = {}, body }) => {
    try {
      const init = { method, headers, credentials: "include" as const }
      const response = await fetch(url, body === undefined ? init : { ...init, body })
      return { status: response.status, text: await response.text() }
    } catch {
      return undefined
    }
  }, call)
  return answer && { status: answer.status, json: decodeText(answer.text) }
}

export interface Form {
  readonly url: string
  readonly enctype: "application/x-www-form-urlencoded" | "multipart/form-data" | "text/plain"
  readonly fields?: Readonly<Record<string, string>>
}

/** Has the page send a form, as a button on it would; answers what the API said to that and what the browser sent. */
export const sendForm = async (page: Page, form: Form) => {
  const answered = page.waitForResponse((response) => response.url() === form.url)
  await page.evaluate(({ url, enctype, fields = {} }) => {
    const element = document.createElement("form")
    Object.assign(element, { action: url, method: "post", enctype })
    for (const [name, value] of Object.entries(fields)) {
      element.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }))
    }
    document.body.append(element)
    element.submit()
  }, form)
  const response = await answered
  return {
    status: response.status(),
    json: decodeText(await response.text()),
    headers: response.headers(),
    sent: await response.request().allHeaders()
  }
}
