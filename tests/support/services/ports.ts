import { createSocket } from "node:dgram"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import net from "node:net"

const lowest = 15_000
const highest = 65_000
const maximumTries = 500
/** Fewer than these, and the ports of a whole run of the tests would be sought for long. */
const enough = 4000

/** From which port to which the kernel takes those of client connections; Linux's own default where it does not tell. */
const ephemeral = (() => {
  try {
    const [from = 0, to = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number)
    return { from, to }
  } catch {
    return { from: 32_768, to: 60_999 }
  }
})()

/**
 * The ports that servers may get: outside the kernel's range, from which a client connection could be handed the port of
 * a server that is about to be started again; any, where that range leaves too few.
 */
export const serverPorts = (taken: { readonly from: number; readonly to: number }): ReadonlyArray<number> => {
  const all = Array.from({ length: highest - lowest }, (_, n) => lowest + n)
  const outside = all.filter((port) => port < taken.from || port > taken.to)
  return outside.length < enough ? all : outside
}
const candidates = serverPorts(ephemeral)

/**
 * Takes the port for this process, among all that ask here: UDP's port of this number, which no server of the tests
 * listens on, is held until the process ends, however it does. False when another holds it.
 */
const claim = async (port: number): Promise<boolean> => {
  const socket = createSocket("udp4")
  try {
    socket.bind({ port, address: "127.0.0.1", exclusive: true })
    await once(socket, "listening")
  } catch {
    socket.close()
    return false
  }
  socket.unref()
  return true
}

/** Whether nobody listens on the port, on any address. */
const isFree = async (port: number): Promise<boolean> => {
  const server = net.createServer()
  try {
    server.listen(port)
    await once(server, "listening")
  } catch {
    return false
  }
  server.close()
  await once(server, "close")
  return true
}

/**
 * `count` different ports on which nothing listens. They stay the caller's until its process ends: the tests of other
 * processes are given others, also while the caller's servers have not started yet or are being restarted.
 */
export const freePorts = async (count: number): Promise<ReadonlyArray<number>> => {
  const found: Array<number> = []
  for (let tries = 0; found.length < count && tries < maximumTries; tries++) {
    const port = candidates[Math.floor(Math.random() * candidates.length)]
    if (port !== undefined && (await claim(port)) && (await isFree(port))) found.push(port)
  }
  if (found.length === count) return found
  throw new Error(`${count} free ports were not found: end programs that listen on many ports.`)
}
