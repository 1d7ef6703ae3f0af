import { Context, Metric } from "effect"

/** Seconds; the buckets follow the latency objectives of `ops/`. */
const boundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const noContext = Context.empty()

/** Counters of one method, route and status, made once with their labels: labels added later are put together at each call. */
const makeSeries = (method: string, route: string, status: number) => {
  const attributes = { method, route, status: String(status) }
  return {
    count: Metric.counter("veza_http_requests_total", {
      description: "Answered requests",
      incremental: true,
      attributes
    }),
    duration: Metric.histogram("veza_http_request_duration_seconds", {
      description: "Time from the request's arrival to the end of its answer",
      boundaries,
      attributes
    })
  }
}
/** By route, method and status: looking three times is cheaper than making one key of them. */
const known = new Map<string, Map<string, Array<ReturnType<typeof makeSeries>>>>()

const statusesOf = (route: string, method: string): Array<ReturnType<typeof makeSeries>> => {
  const found = known.get(route)?.get(method)
  if (found !== undefined) return found
  const methods = known.get(route) ?? new Map<string, Array<ReturnType<typeof makeSeries>>>()
  known.set(route, methods)
  const statuses: Array<ReturnType<typeof makeSeries>> = []
  methods.set(method, statuses)
  return statuses
}

const seriesOf = (route: string, method: string, status: number) => {
  const statuses = statusesOf(route, method)
  return (statuses[status] ??= makeSeries(method, route, status))
}

/** Methods that exist; anything else a client may send shares one label. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

/** Counts an answered request; `route` is the declared pattern. */
export const countRequest = (method: string, route: string, status: number, seconds: number): void => {
  const label = methods.has(method) ? method : "other"
  const series = seriesOf(route, label, status)
  series.count.updateUnsafe(1, noContext)
  series.duration.updateUnsafe(seconds, noContext)
}
