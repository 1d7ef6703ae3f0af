import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { type ClientRequest, type IncomingMessage, request } from "node:http"
import { TrackView } from "@veza/http-koa/contract"
import { eventually } from "./eventually.ts"
import { dataOf, type Reply, type Session } from "./session.ts"

export const tracksPath = "/api/v1/tracks"

export interface FormFile {
  readonly name: string
  readonly bytes: Buffer
  readonly field?: string
}

/** A multipart form: its fields, then its files. */
export const uploadForm = (fields: Readonly<Record<string, string>>, ...files: ReadonlyArray<FormFile>): FormData => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const { name, bytes, field = "file" } of files) form.append(field, new Blob([new Uint8Array(bytes)]), name)
  return form
}

/** Uploads in one go. */
export const upload = (
  session: Session,
  fields: Readonly<Record<string, string>>,
  ...files: ReadonlyArray<FormFile>
): Promise<Reply> => session.call("POST", tracksPath, { body: uploadForm(fields, ...files) })

/** Uploads and waits until the track is ready. */
export const uploadReady = async (session: Session, title: string, file: FormFile): Promise<TrackView> => {
  const { id } = dataOf(TrackView, await upload(session, { title }, file))
  return readyTrack(session, id)
}

/** Waits until a track is ready. */
export const readyTrack = (session: Session, id: string, within = 60_000): Promise<TrackView> =>
  eventually(
    `track ${id} ready`,
    async () => {
      const track = dataOf(TrackView, await session.get(`${tracksPath}/${id}`))
      return track.status === "ready" && track
    },
    within
  )

/** Waits until everybody who acts on what happened to a track has acted. */
export const settledTrack = (
  product: { readonly query: (text: string, ...values: ReadonlyArray<unknown>) => Promise<ReadonlyArray<unknown>> },
  id: string
): Promise<true> =>
  eventually(`everything done about track ${id}`, async () => {
    const left = await product.query("SELECT 1 FROM outbox WHERE aggregate = $1", `track:${id}`)
    return left.length === 0
  })

/** A multipart form around a file that is sent piece by piece. */
export const formAround = (fileName: string, fields: Readonly<Record<string, string>>) => {
  const boundary = `----${randomUUID()}`
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  )
  const opening = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\nContent-Type: application/octet-stream\r\n\r\n`
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    head: Buffer.from(parts.join("") + opening),
    tail: Buffer.from(`\r\n--${boundary}--\r\n`)
  }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage["headers"]
  readonly json: unknown
}

/** An upload whose every byte the test sends itself. */
export class SlowUpload {
  readonly #request: ClientRequest
  readonly #answer: Promise<Answer>
  readonly #tail: Buffer
  #over = false

  constructor(
    session: Session,
    fileName: string,
    options: {
      readonly fileSize?: number
      readonly title?: string
      readonly headers?: Readonly<Record<string, string>>
    } = {}
  ) {
    const form = formAround(fileName, { title: options.title ?? "Sent slowly" })
    this.#tail = form.tail
    this.#request = request(new URL(tracksPath, session.baseUrl), {
      method: "POST",
      agent: false,
      headers: {
        ...options.headers,
        authorization: `Bearer ${session.token ?? ""}`,
        "content-type": form.contentType,
        ...(options.fileSize === undefined
          ? { "transfer-encoding": "chunked" }
          : { "content-length": String(form.head.length + options.fileSize + form.tail.length) })
      }
    })
    this.#answer = this.#listen()
    this.#answer.catch(() => {})
    this.#request.write(form.head)
  }

  /** Bytes that went into the connection, those of the head included. */
  get sent(): number {
    return this.#request.socket?.bytesWritten ?? 0
  }

  /** Sends a piece of the file; false once the answer has begun or the connection is gone. */
  async send(bytes: Uint8Array): Promise<boolean> {
    if (this.#over) return false
    if (!this.#request.write(bytes)) {
      const stop = new AbortController()
      const moved = once(this.#request, "drain", {
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(60_000)])
      })
      await Promise.race([moved, this.#answer]).catch(() => {})
      stop.abort()
      moved.catch(() => {})
    }
    return !this.#over
  }

  /** Ends the form and answers what came back. */
  finish(): Promise<Answer> {
    if (!this.#over) this.#request.end(this.#tail)
    return this.#answer
  }

  /** What came back, waited for without sending more. */
  answer(): Promise<Answer> {
    return this.#answer
  }

  /** Goes away in the middle. */
  abort(): void {
    this.#request.destroy()
  }

  async #listen(): Promise<Answer> {
    try {
      const [response] = await once(this.#request, "response", { signal: AbortSignal.timeout(60_000) })
      this.#over = true
      const chunks: Array<Buffer> = []
      for await (const chunk of response) chunks.push(chunk)
      return {
        status: response.statusCode,
        headers: response.headers,
        json: JSON.parse(Buffer.concat(chunks).toString("utf8"))
      }
    } finally {
      this.#over = true
      this.#request.on("error", () => {})
    }
  }
}

/** Expects that no upload has left a file, a row or a lease behind; the last of it may take a moment to go. */
export const expectNothingLeft = (product: {
  readonly files: () => ReadonlyArray<string>
  readonly query: (text: string) => Promise<ReadonlyArray<unknown>>
}): Promise<true> =>
  eventually(
    "everything of the upload gone",
    async () => {
      const rows = await product.query("SELECT id FROM uploads UNION ALL SELECT id FROM tracks")
      return rows.length === 0 && product.files().length === 0
    },
    5000
  )
