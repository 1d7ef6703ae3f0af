import path from "node:path"
import type { ServiceDescriptor } from "./descriptor.ts"
import { freePorts } from "./ports.ts"

/** A Redis server without persistence in the empty folder `dir`. */
export const prepareRedis = async (dir: string, redisServer: string): Promise<ServiceDescriptor> => {
  const [port = 0] = await freePorts(1)
  const network = ["--port", String(port), "--bind", "127.0.0.1"]
  const server = {
    command: redisServer,
    args: [...network, "--dir", dir, "--save", "", "--appendonly", "no", "--daemonize", "no"],
    env: {},
    cwd: dir,
    logFile: path.join(dir, "server.log"),
    pidFile: path.join(dir, "server.pid"),
    ready: { protocol: "redis" as const, port },
    startTimeoutMs: 60_000,
    stopSignal: "SIGTERM" as const
  }
  return { name: "redis", port, address: `redis://127.0.0.1:${port}/0`, processes: [server] }
}
