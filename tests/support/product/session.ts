import { Schema } from "effect"
import { Failure } from "@veza/http-koa/contract"

/** An answer that was read to its end. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly body?: NonNullable<RequestInit["body"]>
  readonly signal?: AbortSignal
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Somebody who talks to the API over HTTP: with the cookies that were set, a Bearer token, or neither. */
export class Session {
  readonly baseUrl: string
  /** The Bearer token that goes with every request. */
  readonly token: string | undefined
  readonly #jar: Map<string, string>

  constructor(baseUrl: string, token?: string, jar = new Map<string, string>()) {
    this.baseUrl = baseUrl
    this.token = token
    this.#jar = jar
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#jar
  }

  /** The same caller, at another process. */
  at(baseUrl: string): Session {
    return new Session(baseUrl, this.token, this.#jar)
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    const { json, body = json === undefined ? undefined : JSON.stringify(json) } = options
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join("; ")
    const response = await fetch(new URL(path, this.baseUrl), {
      method,
      redirect: "manual",
      signal: options.signal ?? AbortSignal.timeout(60_000),
      headers: {
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(cookie === "" ? {} : { cookie }),
        ...options.headers
      },
      ...(body === undefined ? {} : { body, duplex: "half" })
    })
    this.#remember(response.headers.getSetCookie())
    const bytes = Buffer.from(await response.arrayBuffer())
    return { status: response.status, headers: response.headers, bytes, json: parsed(bytes.toString("utf8")) }
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.call("GET", path, { headers })
  }

  post(path: string, json?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.call("POST", path, { json, headers })
  }

  #remember(setCookies: ReadonlyArray<string>): void {
    for (const line of setCookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/u.exec(line) ?? []
      if (name === undefined || value === undefined) continue
      if (value === "" || /;\s*max-age=0(?:;|$)/iu.test(line)) this.#jar.delete(name)
      else this.#jar.set(name, value)
    }
  }
}

/** The data of a successful answer, checked against the contract's schema; throws for anything else. */
export const dataOf = <A, I>(schema: Schema.Codec<A, I>, { status, json }: Pick<Reply, "status" | "json">): A => {
  const envelope = Schema.Struct({ success: Schema.Literal(true), data: schema, error: Schema.Null })
  try {
    return Schema.decodeUnknownSync(envelope)(json).data
  } catch (cause) {
    throw new Error(`The answer (${status}) is not what was expected: ${JSON.stringify(json)}`, { cause })
  }
}

const decodeFailure = Schema.decodeUnknownSync(Failure)

/** The error of a refusal; throws when the answer is none. */
export const failureOf = ({ json }: Pick<Reply, "json">): Failure["error"] => decodeFailure(json).error
