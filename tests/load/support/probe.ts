import { Agent, get } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"

const pauseMs = 5

const once = (url: string, headers: Readonly<Record<string, string>>, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const begun = performance.now()
    const sent = get(url, { headers, agent, timeout: 30_000 }, (response) =>
      response.resume().once("end", () => {
        if (response.statusCode === 200 || response.statusCode === 206) resolve(performance.now() - begun)
        else reject(new Error(`${url} answered ${response.statusCode}.`))
      })
    )
    sent.once("error", reject)
  })

/** Asks one request after the other for `seconds` and answers the sorted latencies in milliseconds. */
export const probe = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  seconds: number
): Promise<ReadonlyArray<number>> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const latencies: Array<number> = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    latencies.push(await once(url, headers, agent))
    await sleep(pauseMs)
  }
  agent.destroy()
  return latencies.toSorted((a, b) => a - b)
}

/** A quantile of sorted values. */
export const quantile = (sorted: ReadonlyArray<number>, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
