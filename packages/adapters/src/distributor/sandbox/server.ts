import { createHash, timingSafeEqual } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { Redacted, Schema } from "effect"
import { DeliveryId, Platform, StoreState } from "@veza/domain/distribution"
import { behaviours, type Delivery, SandboxStore, type SandboxSettings } from "./store.ts"

/** Bytes of a message and of a file at most. */
const maxMessage = 4 * 1024 * 1024
const maxFile = 1024 * 1024 * 1024

const sums = { sha256: Schema.String, md5: Schema.String }
const decodeHandover = Schema.decodeUnknownResult(
  Schema.fromJsonString(
    Schema.Struct({
      kind: Schema.Literals(["new", "update", "takedown"]),
      upc: Schema.String,
      title: Schema.String,
      xml: Schema.String,
      files: Schema.Array(Schema.Struct({ path: Schema.String, sizeBytes: Schema.Int, ...sums }))
    })
  )
)
const decodeControl = Schema.decodeUnknownResult(
  Schema.fromJsonString(
    Schema.Union([
      Schema.Struct({ next: Schema.Array(Schema.Literals(behaviours)) }),
      Schema.Struct({
        say: StoreState,
        delivery_id: Schema.String,
        reason: Schema.optionalKey(Schema.String),
        times: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 })))
      })
    ])
  )
)

class TooLarge extends Error {}

const readAll = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > maxMessage) throw new TooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

/** Files are weighed and forgotten. */
const weigh = async (request: IncomingMessage, path: string) => {
  const [sha256, md5] = [createHash("sha256"), createHash("md5")]
  let sizeBytes = 0
  for await (const chunk of request) {
    sizeBytes += chunk.length
    if (sizeBytes > maxFile) throw new TooLarge()
    sha256.update(chunk)
    md5.update(chunk)
  }
  return { path, sizeBytes, sha256: sha256.digest("hex"), md5: md5.digest("hex") }
}

const shown = ({ id, kind, upc, title, state, reason, reference, posts }: Delivery) => ({
  id,
  kind,
  upc,
  title,
  state,
  ...(reason === undefined ? {} : { reason }),
  reference,
  posts
})

type Reply = { readonly status: number; readonly body?: unknown; readonly text?: string }

const control = async (store: SandboxStore, request: IncomingMessage): Promise<Reply> => {
  if (request.method === "GET") return { status: 200, body: store.deliveries().map(shown) }
  const asked = decodeControl(await readAll(request))
  if (asked._tag === "Failure") return { status: 400, text: String(asked.failure) }
  if ("next" in asked.success) {
    store.behave(asked.success.next)
    return { status: 204 }
  }
  const { say, delivery_id, reason, times } = asked.success
  return { status: store.say(delivery_id, say, reason, times) ? 204 : 404 }
}

const isDelivery = Schema.is(DeliveryId)

const deliver = async (store: SandboxStore, id: string, request: IncomingMessage): Promise<Reply> => {
  if (!isDelivery(id)) return { status: 404 }
  if (request.method === "GET") {
    const found = store.find(id)
    return found === undefined ? { status: 404 } : { status: 200, body: shown(found) }
  }
  const handover = decodeHandover(await readAll(request))
  if (handover._tag === "Failure") return { status: 400, text: String(handover.failure) }
  const { status, delivery, text } = store.take(id, handover.success)
  return {
    status,
    ...(delivery === undefined ? {} : { body: shown(delivery) }),
    ...(text === undefined ? {} : { text })
  }
}

export interface RunningStores {
  readonly url: string
  readonly stores: Readonly<Record<Platform, SandboxStore>>
  readonly close: () => Promise<void>
}

/**
 * Three stores in one server, for development and tests: they take batches as stores do, and say what becomes of them by
 * signed callbacks. `POST /control/{store}` tells one what to do next or to say something now.
 */
export const startSandboxStores = async (
  settings: SandboxSettings & { readonly port: number }
): Promise<RunningStores> => {
  const make = (platform: Platform) => new SandboxStore(platform, settings)
  const stores = { spotify: make("spotify"), apple_music: make("apple_music"), deezer: make("deezer") }
  const isStore = Schema.is(Platform)
  const expected = createHash("sha256")
    .update(`Bearer ${Redacted.value(settings.secret)}`)
    .digest()
  const mayEnter = ({ headers }: IncomingMessage) =>
    timingSafeEqual(
      createHash("sha256")
        .update(headers.authorization ?? "")
        .digest(),
      expected
    )

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const { pathname } = new URL(request.url ?? "/", "http://stores")
    if (pathname === "/healthz") return { status: 200, body: { status: "ok" } }
    if (!mayEnter(request)) return { status: 401 }
    const [, first = "", second = "", id = "", files, ...path] = pathname.split("/")
    if (first === "control" && isStore(second)) return control(stores[second], request)
    if (!isStore(first) || second !== "deliveries") return { status: 404 }
    if (files === undefined) return deliver(stores[first], id, request)
    await stores[first].door
    stores[first].takeFile(id, await weigh(request, path.join("/")))
    return { status: 204 }
  }
  const reply = (response: ServerResponse, { status, body, text }: Reply): void => {
    // Told to hang: the connection stays open and nothing comes.
    if (status === 0) return
    response.writeHead(status, { "content-type": body === undefined ? "text/plain" : "application/json" })
    response.end(body === undefined ? (text ?? "") : JSON.stringify(body))
  }
  const server = createServer((request, response) => {
    answer(request).then(
      (said) => reply(response, said),
      (error: unknown) => reply(response, { status: error instanceof TooLarge ? 413 : 500 })
    )
  })
  await new Promise<void>((done, failed) => {
    server.once("error", failed)
    server.listen(settings.port, "127.0.0.1", done)
  })
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : settings.port
  return {
    url: `http://127.0.0.1:${port}`,
    stores,
    close: () =>
      new Promise((done) => {
        for (const store of Object.values(stores)) store.close()
        server.close(() => done())
        server.closeAllConnections()
      })
  }
}
