import { spawn } from "node:child_process"
import net from "node:net"
import path from "node:path"

/**
 * Starts a small process that outlives this one just long enough to end every process working in `folder` and to
 * remove the folder, however this one ends (SIGKILL included). Returns the function that sends it away earlier.
 */
export const startGuardian = (folder: string): (() => void) => {
  const guardian = spawn(process.execPath, [path.join(import.meta.dirname, "guardian-main.ts"), folder], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"]
  })
  guardian.on("error", (error) => {
    throw new Error("The guardian of the test servers did not start.", { cause: error })
  })
  guardian.unref()
  // The open pipe is what the guardian watches; it must not keep this process from ending.
  if (guardian.stdin instanceof net.Socket) guardian.stdin.unref()
  return () => guardian.stdin.end()
}
