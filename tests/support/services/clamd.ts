import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { ServiceDescriptor } from "./descriptor.ts"
import { freePorts } from "./ports.ts"

/** The harmless text every scanner reports; in two halves, so that no scanner reports this file. */
export const eicar = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].join("")

/** The name clamd reports for `eicar`: it marks signatures that do not come from the official database. */
export const eicarSignature = "Local.Eicar-Test.UNOFFICIAL"

// Offset "*": found anywhere in a file. With the default limits clamd says OK to what lies beyond 100 MB.
const signature = `Local.Eicar-Test:0:*:${Buffer.from(eicar).toString("hex")}\n`
/** What a file may have at most, for the largest that a load row sends. */
const usualLimit = "1100M"

const configuration = (dir: string, port: number, limit: string): string => `Foreground yes
DatabaseDirectory ${dir}/signatures
TemporaryDirectory ${dir}/temporary
TCPAddr 127.0.0.1
TCPSocket ${port}
MaxThreads 4
StreamMaxLength ${limit}
MaxFileSize ${limit}
MaxScanSize ${limit}
AlertExceedsMax yes
SelfCheck 0
`

/** A clamd in the empty folder `dir` that knows the EICAR test text only, and streams files up to `limit`. */
export const prepareClamd = async (dir: string, clamd: string, limit = usualLimit): Promise<ServiceDescriptor> => {
  const [port = 0] = await freePorts(1)
  const file = path.join(dir, "clamd.conf")
  for (const name of ["signatures", "temporary"]) mkdirSync(path.join(dir, name))
  writeFileSync(path.join(dir, "signatures", "local.ndb"), signature)
  writeFileSync(file, configuration(dir, port, limit))
  const server = {
    command: clamd,
    args: ["-c", file],
    env: {},
    cwd: dir,
    logFile: path.join(dir, "server.log"),
    pidFile: path.join(dir, "server.pid"),
    ready: { protocol: "clamd" as const, port },
    startTimeoutMs: 60_000,
    stopSignal: "SIGTERM" as const
  }
  return { name: "clamd", port, address: `127.0.0.1:${port}`, processes: [server] }
}
