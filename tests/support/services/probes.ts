import { readFileSync } from "node:fs"
import net from "node:net"
import path from "node:path"
import type { Readiness } from "./descriptor.ts"

interface Exchange {
  readonly send: string | Buffer
  readonly expect: (answer: string) => boolean
}

const exchanges: Readonly<Record<Exclude<Readiness["protocol"], "connect">, Exchange>> = {
  // An SSLRequest, which a live server answers with one letter.
  postgres: { send: Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]), expect: (answer) => /^[SN]/.test(answer) },
  redis: { send: "PING\r\n", expect: (answer) => answer.startsWith("+PONG") },
  // The broker's answer to the protocol header is a method frame (type 1): connection.start.
  amqp: { send: "AMQP\x00\x00\x09\x01", expect: (answer) => answer.length > 7 && answer.startsWith("\x01") },
  clamd: { send: "zPING\0", expect: (answer) => answer.startsWith("PONG") }
}

const converse = (port: number, exchange: Exchange | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    let answer = ""
    const end = (ready: boolean): void => {
      socket.destroy()
      resolve(ready)
    }
    socket.setTimeout(1000, () => end(false))
    socket.once("error", () => end(false))
    socket.once("close", () => resolve(false))
    socket.once("connect", () => {
      if (exchange === undefined) end(true)
      else socket.write(exchange.send)
    })
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1")
      if (exchange?.expect(answer) === true) end(true)
    })
  })

// PostgreSQL answers during crash recovery too; only the eighth line of this file says that it takes queries.
const takesQueries = (folder: string): boolean => {
  try {
    const lines = readFileSync(path.join(folder, "data", "postmaster.pid"), "utf8").split("\n")
    return lines[7]?.trim() === "ready"
  } catch {
    return false
  }
}

/** Whether the server that works in `folder` answers its own protocol within a second. */
export const isReady = async ({ protocol, port }: Readiness, folder: string): Promise<boolean> => {
  if (protocol === "connect") return converse(port, undefined)
  return (await converse(port, exchanges[protocol])) && (protocol !== "postgres" || takesQueries(folder))
}
