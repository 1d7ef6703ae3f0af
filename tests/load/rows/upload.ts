import { createReadStream, rmSync, statSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { writeWav } from "../support/data.ts"
import { residentBytes } from "../support/proc.ts"
import type { Row } from "../support/row.ts"

const bytes = 104_857_600 - 4096
const sampleEvery = 50
const wanted = 64
const mega = 1e6
const boundary = "veza-load-boundary"

/** Sends one file as a multipart form and answers the status. */
const send = async (url: string, token: string, file: string, title: string): Promise<number> => {
  const disposition = "Content-Disposition: form-data; name"
  const head = `--${boundary}\r\n${disposition}="title"\r\n\r\n${title}\r\n--${boundary}\r\n${disposition}="file"; filename="load.wav"\r\nContent-Type: audio/wav\r\n\r\n`
  const tail = `\r\n--${boundary}--\r\n`
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": `multipart/form-data; boundary=${boundary}`,
    "content-length": head.length + statSync(file).size + tail.length
  }
  const upload = request(url, { method: "POST", headers, timeout: 60_000 })
  const answered = new Promise<number>((resolve, reject) => {
    upload.once("response", (response) => response.resume().once("end", () => resolve(response.statusCode ?? 0)))
    upload.once("error", reject)
  })
  upload.write(head)
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), upload, { end: false })
  upload.end(tail)
  return answered
}

/** One upload of nearly MAX_TRACK_SIZE past the real clamd, and what it does to the memory of the API. */
export const upload: Row = async (world) => {
  const api = await world.server("api")
  const token = await world.token(api)
  const file = join(world.folder, "upload.wav")
  writeWav(file, bytes)
  const quiet = residentBytes(api.pid)
  let peak = quiet
  const sampler = setInterval(() => {
    peak = Math.max(peak, residentBytes(api.pid))
  }, sampleEvery)
  const begun = performance.now()
  const status = await send(`${api.origin}/api/v1/tracks`, token, file, "Upload").finally(() => clearInterval(sampler))
  const seconds = (performance.now() - begun) / 1000
  rmSync(file)
  if (status !== 201) throw new Error(`The upload was answered with ${status} instead of 201.`)
  const growth = (peak - quiet) / mega
  return {
    title: "Upload of a 100 MB WAV, scanned by clamd",
    lines: [
      `${seconds.toFixed(2)} s, ${(bytes / mega / seconds).toFixed(0)} MB/s`,
      `memory of the API: ${(quiet / mega).toFixed(0)} MB before, ${(peak / mega).toFixed(0)} MB at its peak, growth ${growth.toFixed(0)} MB`
    ],
    goals: [{ text: `growth < ${wanted} MB`, met: growth < wanted }],
    data: { seconds, bytes, quiet, peak }
  }
}
