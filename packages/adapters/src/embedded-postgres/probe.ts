import { readFileSync } from "node:fs"
import net from "node:net"
import path from "node:path"
import { isAlive, worksIn } from "./process.ts"

/** What a running server writes about itself. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly ready: boolean
}

/** The live server of a data folder as told by its `postmaster.pid`, or undefined when none runs. */
export const postmasterOf = (data: string): Postmaster | undefined => {
  let lines: ReadonlyArray<string>
  try {
    lines = readFileSync(path.join(data, "postmaster.pid"), "utf8").split("\n")
  } catch {
    return undefined
  }
  const pid = Number(lines[0])
  if (!(pid > 0) || !isAlive(pid) || !worksIn(pid, data)) return undefined
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === "ready" }
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const answers = new Set(["N", "S"])

/**
 * Whether a PostgreSQL server answers on this port within a second. It does so during crash recovery too: only
 * `Postmaster.ready` says that it takes queries.
 */
export const answersOn = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1000, () => end(false))
    socket.once("error", () => end(false))
    socket.once("close", () => resolve(false))
    socket.once("connect", () => socket.write(sslRequest))
    socket.once("data", (bytes) => end(answers.has(bytes.toString("latin1", 0, 1))))
  })
