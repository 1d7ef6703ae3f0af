import { leaveServerCore } from "./support/cores.ts"
import { readOptions } from "./support/options.ts"
import { makeWorld } from "./support/world.ts"
import { generate } from "./support/generator.ts"
import { cpuMicros } from "./support/proc.ts"
leaveServerCore()
const [which = "api", path = "/api/v1/auth/me", conns = "64", n = "8", secs = "4", ...rest] = process.argv.slice(2)
const options = { ...readOptions([]), nodeArgs: rest }
const world = await makeWorld(options)
try {
  const api = await world.server(which as "api")
  const headers = which === "api" ? { Authorization: `Bearer ${await world.token(api)}` } : {}
  for (let i = 0; i < Number(n); i++) {
    const before = cpuMicros(api.pid)
    const load = await generate(api.origin, Number(secs), { path, connections: Number(conns), headers })
    console.log(Math.round(load.requests / load.micros * 1e6), "req/s", ((cpuMicros(api.pid) - before) / load.requests).toFixed(0), "us", "p50", load.p50, "p99", load.p99)
  }
} finally { await world.stop() }
