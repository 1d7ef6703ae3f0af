import { once } from "node:events"
import { request } from "node:http"
import { wavHead } from "../../support/product/audio.ts"
import { residentBytes } from "../support/proc.ts"
import type { Row } from "../support/row.ts"

const bytes = 1024 ** 3
const partBytes = 64 * 1024 ** 2
const pieceBytes = 256 * 1024
const sampleEvery = 50
const wanted = 64
const mega = 1e6
const tus = { "tus-resumable": "1.0.0" }

interface Answer {
  readonly status: number
  readonly header: (name: string) => string
}

/** One request of the protocol; `write` sends its body. */
const call = async (
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  pieces: Iterable<Uint8Array> = []
): Promise<Answer> => {
  const sent = request(url, { method, headers: { ...tus, ...headers }, timeout: 300_000 })
  const answered = new Promise<Answer>((resolve, reject) => {
    sent.once("error", reject)
    sent.once("response", (response) => {
      const header = (name: string) => String(response.headers[name] ?? "")
      response.resume().once("end", () => resolve({ status: response.statusCode ?? 0, header }))
    })
  })
  for (const piece of pieces) if (!sent.write(piece)) await once(sent, "drain")
  sent.end()
  return answered
}

/** The sound from `from` to `to`, with the head of a WAV before it. */
function* piecesOf(from: number, to: number): Generator<Uint8Array> {
  const piece = Buffer.alloc(pieceBytes)
  for (let at = 0; at < pieceBytes; at += 2) piece.writeUInt16LE((at * 7) % 65_536, at)
  let at = from
  if (at === 0) {
    const head = wavHead(bytes - 44)
    at += head.length
    yield head
  }
  for (; at < to; at += pieceBytes) yield piece.subarray(0, to - at)
}

/** One resumable upload of 1 GiB in parts, scanned by clamd at its end, and what it does to the memory of the API. */
export const resumable: Row = async (world) => {
  const api = await world.server("api")
  const authorization = `Bearer ${await world.token(api)}`
  const quiet = residentBytes(api.pid)
  let peak = quiet
  const sampler = setInterval(() => {
    peak = Math.max(peak, residentBytes(api.pid))
  }, sampleEvery)
  const begun = performance.now()
  let scanned = begun
  const send = async (): Promise<number> => {
    const names = `filename ${Buffer.from("load.wav").toString("base64")},title ${Buffer.from("Load").toString("base64")}`
    const created = await call("POST", `${api.origin}/api/v1/uploads`, {
      authorization,
      "upload-length": String(bytes),
      "upload-metadata": names,
      "content-length": "0"
    })
    const url = new URL(created.header("location"), api.origin).href
    for (let at = 0; at < bytes; at += partBytes) {
      const part = { "content-type": "application/offset+octet-stream", "content-length": String(partBytes) }
      scanned = performance.now()
      const { status, header } = await call(
        "PATCH",
        url,
        { authorization, ...part, "upload-offset": String(at) },
        piecesOf(at, at + partBytes)
      )
      if (status !== 204) return status
      if (at + partBytes === bytes) return header("x-track-id") === "" ? 0 : status
    }
    return 0
  }
  const status = await send().finally(() => clearInterval(sampler))
  const seconds = (performance.now() - begun) / 1000
  const judging = (performance.now() - scanned) / 1000
  if (status !== 204) throw new Error(`A part was answered with ${status}, or no track came of the last one.`)
  const growth = (peak - quiet) / mega
  return {
    title: "Resumable upload of a 1 GiB WAV in parts of 64 MiB, scanned by clamd",
    lines: [
      `${seconds.toFixed(1)} s, ${(bytes / mega / seconds).toFixed(0)} MB/s; of these ${judging.toFixed(1)} s for the last part, the scan and the hash`,
      `memory of the API: ${(quiet / mega).toFixed(0)} MB before, ${(peak / mega).toFixed(0)} MB at its peak, growth ${growth.toFixed(0)} MB`
    ],
    goals: [{ text: `growth < ${wanted} MB`, met: growth < wanted }],
    data: { seconds, judging, bytes, quiet, peak }
  }
}
