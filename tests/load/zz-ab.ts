import { leaveServerCore } from "./support/cores.ts"
import { readOptions } from "./support/options.ts"
import { makeWorld } from "./support/world.ts"
import { generate } from "./support/generator.ts"
import { startServer } from "./support/server.ts"
import { apiCommand } from "./support/api.ts"
import { cpuMicros } from "./support/proc.ts"
import { median } from "./support/compare.ts"
leaveServerCore()
const [path = "/api/v1/auth/me", conns = "64", n = "10", bare="koa-hello", range=""] = process.argv.slice(2)
const world = await makeWorld(readOptions([]))
const token = { t: "" }
const r = range==="" ? {} : { ranges: { bytes: 262144, ofFile: 20000000 } }
try {
  const p = path.replace("TRACK", (await import("./support/data.ts")).streamed.trackId)
  const a = await world.server("api")
  const cmd = apiCommand({ name: "before", folder: world.folder, uploads: world.uploads, databaseUrl: world.databaseUrl, clamavAddress: "127.0.0.1:1", nodeArgs: (process.env["NA"] ?? "").split(" ").filter(Boolean) })
  const b = await startServer({ ...cmd, args: () => [...process.execArgv, "/tmp/before/packages/http-koa/bin/veza-api.mjs"] })
  const k = await world.server(bare as "koa-hello")
  token.t = await world.token(a)
  const headers: Record<string,string> = p.includes("me") ? { Authorization: `Bearer ${token.t}` } : {}
  const bp = bare === "koa-hello" ? "/" : bare === "nginx" ? "/" + (await import("./support/data.ts")).streamed.storageKey : p
  for (const s of [b, a]) for (let i = 0, seen = 0; i < 8 && seen < 15000; i++) seen += (await generate(s.origin, 2, { path: p, connections: Number(conns), headers, ...r })).requests
  const cpu: Record<string, number[]> = { bare: [], before: [], after: [] }
  const rps: Record<string, number[]> = { bare: [], before: [], after: [] }
  for (let i = 0; i < Number(n); i++) for (const [name, s, q] of [["bare", k, bp], ["before", b, p], ["after", a, p]] as const) {
    const t0 = cpuMicros(s.pid)
    const load = await generate(s.origin, 1, { path: q, connections: Number(conns), headers: name === "bare" ? {} : headers, ...r })
    s.clearLog()
    cpu[name]!.push((cpuMicros(s.pid) - t0) / load.requests); rps[name]!.push(load.requests / load.micros * 1e6)
  }
  for (const name of ["bare", "before", "after"]) console.log(name, "cpu", median(cpu[name]!).toFixed(1), "rps", median(rps[name]!).toFixed(0), "q20 cpu", cpu[name]!.toSorted((a,b)=>a-b)[Math.floor(cpu[name]!.length*0.2)]!.toFixed(1), "max rps", Math.max(...rps[name]!).toFixed(0))
  await b.stop()
} finally { await world.stop() }
