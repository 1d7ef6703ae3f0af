import { account, streamed } from "../support/data.ts"
import { generate } from "../support/generator.ts"
import { probe, quantile } from "../support/probe.ts"
import type { Row } from "../support/row.ts"

const clients = 32

const range = { range: "bytes=0-65535" }
const paths = {
  "GET /healthz": { path: "/healthz", more: {} },
  "GET /auth/me": { path: "/api/v1/auth/me", more: {} },
  "64 KiB range": { path: `/api/v1/tracks/${streamed.trackId}/stream`, more: range }
} as const

/** What everybody else feels while 32 clients do nothing but log in. */
export const loginFlood: Row = async (world, options) => {
  const api = await world.server("api")
  const headers = { authorization: `Bearer ${await world.token(api)}` }
  const seconds = Math.max(3, options.seconds)
  const ask = () =>
    Promise.all(
      Object.entries(paths).map(async ([name, { path, more }]) => {
        const latencies = await probe(`${api.origin}${path}`, { ...headers, ...more }, seconds)
        return { name, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), asked: latencies.length }
      })
    )
  await ask()
  const quiet = await ask()
  const jsonBody = JSON.stringify({ email: account.email, password: account.password })
  const login = { path: "/api/v1/auth/login", connections: clients, jsonBody }
  const [flood, flooded] = await Promise.all([generate(api.origin, seconds + 1, login), ask()])
  const perSecond = (flood.requests / flood.micros) * 1e6
  return {
    title: `Login flood: ${clients} clients log in as fast as they can`,
    lines: [
      `logins: ${perSecond.toFixed(0)}/s, p50 ${flood.p50.toFixed(0)} ms, p99 ${flood.p99.toFixed(0)} ms`,
      ...quiet.map(({ name, p50, p99 }, index) => {
        const during = flooded[index]
        const shown = `quiet p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms`
        return `${name.padEnd(14)}${shown}; flooded p50 ${during?.p50.toFixed(1)} p99 ${during?.p99.toFixed(1)} ms`
      })
    ],
    goals: [],
    data: { perSecond, flood, quiet, flooded }
  }
}
