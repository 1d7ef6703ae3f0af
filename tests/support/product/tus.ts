import { createHash } from "node:crypto"
import { once } from "node:events"
import { type ClientRequest, request } from "node:http"
import { DetailedError, Upload, type UploadOptions } from "tus-js-client"
import type { Answer } from "./upload.ts"
import type { Reply, Session } from "./session.ts"

export const uploadsPath = "/api/v1/uploads"
export const partType = "application/offset+octet-stream"
const tus = { "tus-resumable": "1.0.0" }

type Headers = Readonly<Record<string, string>>

/** The pairs of Upload-Metadata. */
export const metadataOf = (fields: Headers): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`)
    .join(",")

export const checksumOf = (algorithm: "sha1" | "sha256", bytes: Uint8Array): string =>
  `${algorithm} ${createHash(algorithm).update(bytes).digest("base64")}`

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Calls of the tus protocol, one by one. */
export const tusOf = (session: Session) => ({
  begin: (length: number, fields: Headers, headers: Headers = {}, body?: Uint8Array<ArrayBuffer>): Promise<Reply> =>
    session.call("POST", uploadsPath, {
      headers: {
        ...tus,
        "upload-length": String(length),
        "upload-metadata": metadataOf(fields),
        ...(body === undefined ? {} : { "content-type": partType }),
        ...headers
      },
      ...(body === undefined ? {} : { body })
    }),
  offset: (url: string): Promise<Reply> => session.call("HEAD", url, { headers: tus }),
  send: (url: string, offset: number, bytes: Uint8Array, headers: Headers = {}): Promise<Reply> =>
    session.call("PATCH", url, {
      headers: { ...tus, "content-type": partType, "upload-offset": String(offset), ...headers },
      body: new Uint8Array(bytes)
    }),
  end: (url: string): Promise<Reply> => session.call("DELETE", url, { headers: tus })
})

/** Begins an upload and answers its address; throws when that is refused. */
export const begun = async (
  session: Session,
  length: number,
  fileName: string,
  more: Headers = {}
): Promise<string> => {
  const reply = await tusOf(session).begin(length, { filename: fileName, title: "In parts", ...more })
  const url = reply.headers.get("location")
  if (reply.status !== 201 || url === null) throw new Error(`not begun: ${reply.status} ${JSON.stringify(reply.json)}`)
  return url
}

export const offsetOf = async (session: Session, url: string): Promise<number> =>
  Number((await tusOf(session).offset(url)).headers.get("upload-offset") ?? "NaN")

/** A part whose every byte the test sends itself. */
export class SlowPart {
  readonly #request: ClientRequest
  readonly answer: Promise<Answer>

  constructor(session: Session, url: string, offset: number, headers: Headers = {}) {
    this.#request = request(new URL(url, session.baseUrl), {
      method: "PATCH",
      agent: false,
      headers: {
        ...tus,
        authorization: `Bearer ${session.token ?? ""}`,
        "content-type": partType,
        "upload-offset": String(offset),
        "transfer-encoding": "chunked",
        ...headers
      }
    })
    this.answer = this.#listen()
    this.answer.catch(() => {})
    this.#request.flushHeaders()
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (!this.#request.write(bytes)) {
      await Promise.race([once(this.#request, "drain"), this.answer]).catch(() => {})
    }
  }

  finish(): Promise<Answer> {
    this.#request.end()
    return this.answer
  }

  abort(): void {
    this.#request.destroy()
  }

  async #listen(): Promise<Answer> {
    const [response] = await once(this.#request, "response", { signal: AbortSignal.timeout(60_000) })
    this.#request.on("error", () => {})
    const chunks: Array<Buffer> = []
    for await (const chunk of response) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString("utf8")
    return { status: response.statusCode, headers: response.headers, json: text === "" ? undefined : JSON.parse(text) }
  }
}

/** Uploads with tus-js-client as a page or a program would; answers the id of the track. Throws what it gave up with. */
export const uploadWithClient = (
  session: Session,
  bytes: Buffer,
  fields: Record<string, string>,
  more: UploadOptions = {},
  started: (upload: Upload) => void = () => {}
): Promise<{ readonly trackId: string | undefined; readonly url: string }> =>
  new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      endpoint: new URL(uploadsPath, session.baseUrl).href,
      headers: { authorization: `Bearer ${session.token ?? ""}` },
      metadata: fields,
      chunkSize: 256 * 1024,
      retryDelays: Array.from({ length: 60 }, () => 500),
      ...more,
      onError: reject,
      onSuccess: ({ lastResponse }) => resolve({ trackId: lastResponse.getHeader("X-Track-Id"), url: upload.url ?? "" })
    })
    started(upload)
    upload.start()
  })

/** The status that tus-js-client gave up at. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof DetailedError ? error.originalResponse?.getStatus() : undefined
