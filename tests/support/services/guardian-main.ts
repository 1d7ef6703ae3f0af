import { rmSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { processesIn, signalAll } from "./process-tree.ts"

const folder = process.argv[2]
if (folder === undefined) throw new Error("usage: guardian-main.ts <folder of the test servers>")

process.stdin.resume()
process.stdin.once("end", async () => {
  // More than once: a server that was just starting may still have brought forth children.
  for (let round = 0; round < 50; round++) {
    const left = processesIn(folder)
    if (left.length === 0) break
    signalAll(left, "SIGKILL")
    await sleep(100)
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})
