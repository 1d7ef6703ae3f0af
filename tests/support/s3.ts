import { createHash } from "node:crypto"
import { existsSync, globSync, mkdtempSync, rmSync, utimesSync } from "node:fs"
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import S3rver from "s3rver"
import { freePorts } from "./services/ports.ts"
import { refusal } from "./sigv4.ts"

/** The credentials that s3rver knows. */
const credential = "S3RVER"
const bucket = "veza"

/** `open`: serves. `hang`: takes requests and answers none. `holding`: takes new objects in and answers once released. */
type Mood = "open" | "hang" | "holding"

/** s3rver makes the tokens of long lists with a cipher that is gone from OpenSSL 3: it is asked for a list of the old kind. */
const inOldStyle = (target: string): string =>
  target.includes("list-type=2") ? target.replace("list-type=2", "").replace("start-after=", "marker=") : target

export type S3Server = Awaited<ReturnType<typeof startS3>>

/**
 * A private object store: s3rver behind a door that does what s3rver does not: it checks signatures and the signed hash
 * of what is put, and can be made to fail. It ends with the test's process at the latest.
 */
export const startS3 = async () => {
  const directory = mkdtempSync(join(tmpdir(), "veza-s3-"))
  const [innerPort = 0, port = 0] = await freePorts(2)
  const inner = new S3rver({
    port: innerPort,
    address: "127.0.0.1",
    silent: true,
    directory,
    configureBuckets: [{ name: bucket, configs: [] }]
  })
  await inner.run()
  let mood: Mood = "open"
  let held: Array<() => void> = []
  const seen: Array<string> = []
  const refused: Array<string> = []

  const refuse = (response: ServerResponse, code: string) => {
    refused.push(code)
    response.writeHead(403, { "content-type": "application/xml" }).end(`<Error><Code>${code}</Code></Error>`)
  }
  const pass = (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = incoming
    const target = inOldStyle(url)
    const hash = createHash("sha256")
    const forwarded = request({ host: "127.0.0.1", port: innerPort, method, path: target, headers }, (answer) => {
      const promised = headers["x-amz-content-sha256"]
      const isOther = method === "PUT" && /^[0-9a-f]{64}$/u.test(String(promised)) && hash.digest("hex") !== promised
      const send = () => {
        if (isOther) return refuse(response, "XAmzContentSHA256Mismatch")
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      }
      if (mood === "holding" && method === "PUT") held.push(send)
      else send()
    })
    forwarded.on("error", () => response.destroy())
    incoming.on("aborted", () => forwarded.destroy())
    incoming.on("data", (chunk: Buffer) => hash.update(chunk))
    incoming.pipe(forwarded)
  }
  const handle = (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = "", url: target = "", headers } = incoming
    seen.push(`${method} ${target.split("?")[0]}`)
    if (mood === "hang") return
    const why = refusal({ method, target, headers }, credential, new Date())
    if (why === undefined) pass(incoming, response)
    else refuse(response, why)
  }
  let door: Server | undefined
  const start = async () => {
    if (door !== undefined) return
    door = createServer(handle)
    const opening = door
    await new Promise<void>((resolve) => opening.listen(port, "127.0.0.1", resolve))
  }
  const stop = () => {
    door?.close()
    door?.closeAllConnections()
    door = undefined
  }
  await start()
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    bucket,
    credential,
    /** How the product is pointed at it. */
    env: {
      TRACK_STORAGE_BACKEND: "s3",
      S3_ENDPOINT: url,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: credential,
      S3_SECRET_ACCESS_KEY: credential
    },
    /** Every request, by method and path. */
    seen,
    /** Why requests were refused. */
    refused,
    has: (key: string): boolean => existsSync(join(directory, bucket, `${key}._S3rver_object`)),
    /** Makes an object look as old as that. */
    age: (key: string, hours: number) => {
      const then = new Date(Date.now() - hours * 3_600_000)
      utimesSync(join(directory, bucket, `${key}._S3rver_object`), then, then)
    },
    keys: (): ReadonlyArray<string> =>
      globSync("**/*._S3rver_object", { cwd: join(directory, bucket) })
        .map((name) => name.replace("._S3rver_object", ""))
        .toSorted(),
    /** Takes an object away behind everybody's back. */
    lose: (key: string) => rmSync(join(directory, bucket, `${key}._S3rver_object`)),
    be: (next: Mood) => {
      mood = next
      if (next === "open") for (const answer of held) answer()
      if (next === "open") held = []
    },
    /** Refuses connections until it is started again; what is under way breaks off. */
    stop,
    start,
    dispose: async () => {
      stop()
      await inner.close()
      rmSync(directory, { recursive: true, force: true })
    }
  }
}
