import { spawn } from "node:child_process"

export interface ToolLimits {
  readonly signal?: AbortSignal | undefined
  /** After this many milliseconds the tool is killed. */
  readonly timeout: number
  /** Takes the tool's output as it comes; answering false kills the tool, without that being an error. */
  readonly onOutput?: (chunk: Buffer) => boolean
}

export interface ToolResult {
  /** Exit code; null when it was killed because its output was refused. */
  readonly code: number | null
  /** The last lines of its error output, 4 KiB at most. */
  readonly complaint: string
}

const complaintLength = 4096

/**
 * Runs a program without a shell, reading its output as fast as it is taken. Rejects when the program cannot be
 * started, with the signal's reason when it is aborted, and with a `TimeoutError` when it takes too long; in every
 * case the program is gone afterwards.
 */
export const runTool = async (
  command: string,
  args: ReadonlyArray<string>,
  limits: ToolLimits
): Promise<ToolResult> => {
  const stop = AbortSignal.any([AbortSignal.timeout(limits.timeout), ...(limits.signal ? [limits.signal] : [])])
  stop.throwIfAborted()
  // The server's environment holds secrets that a media tool has no need of.
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" }
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"], windowsHide: true })
  const kill = () => void child.kill("SIGKILL")
  stop.addEventListener("abort", kill, { once: true })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
  let complaint = ""
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString("utf8")).slice(-complaintLength)
  })
  let refused = false
  child.stdout.on("data", (chunk: Buffer) => {
    if (refused || limits.onOutput === undefined || limits.onOutput(chunk)) return
    refused = true
    kill()
  })
  try {
    const code = await ended
    stop.throwIfAborted()
    return { code: refused ? null : code, complaint }
  } finally {
    stop.removeEventListener("abort", kill)
  }
}
