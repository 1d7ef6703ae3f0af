import { once } from "node:events"
import net from "node:net"

// Below the kernel's ephemeral range (32768 and up): the port of a stopped server cannot be handed to some client
// connection before the server is started again.
const lowest = 15_000
const highest = 32_000
const maximumTries = 200

const listen = async (port: number): Promise<net.Server | undefined> => {
  const server = net.createServer()
  try {
    server.listen(port, "127.0.0.1")
    await once(server, "listening")
    return server
  } catch {
    return undefined
  }
}

/** `count` different ports of the loopback address on which nothing listens. */
export const freePorts = async (count: number): Promise<ReadonlyArray<number>> => {
  const held = new Map<number, net.Server>()
  // Every port is held until all are found, so that no two callers' servers get the same one.
  for (let tries = 0; held.size < count && tries < maximumTries; tries++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    const server = held.has(port) ? undefined : await listen(port)
    if (server !== undefined) held.set(port, server)
  }
  for (const server of held.values()) {
    server.close()
    await once(server, "close")
  }
  if (held.size === count) return [...held.keys()]
  throw new Error(`${count} free ports were not found on 127.0.0.1: end programs that listen on many ports.`)
}
