import { spawn } from "node:child_process"

export interface ToolBounds {
  readonly signal?: AbortSignal | undefined
  /** After this many milliseconds the tool is killed. */
  readonly timeout: number
  /** Largest file the tool may write, in bytes; none unless told. */
  readonly fileSize?: number
  /** How far it gives way to whoever serves, 0 to 19; not at all unless told. */
  readonly niceness?: number
}

export interface ToolLimits extends ToolBounds {
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
/** KiB of address space. Media tools map some 300 MiB of libraries and then need little. */
const addressSpace = 1024 * 1024

/**
 * The kernel's limits, which hold even when this process is killed and cannot: processor time as long as the tool may
 * run, memory, the size of files, no core dumps. What is bounded comes as arguments, never as text of the script. Where
 * a limit is not known (macOS: memory) the others hold.
 */
const bounding =
  'ulimit -c 0; ulimit -t "$1"; ulimit -f "$2"; ulimit -v "$3" 2>/dev/null; by=$4; shift 4; exec nice -n "$by" "$@"'

const start = (command: string, args: ReadonlyArray<string>, { timeout, fileSize = 0, niceness = 0 }: ToolBounds) => {
  const limits = [Math.ceil(timeout / 1000), Math.ceil(fileSize / 512), addressSpace, niceness].map(String)
  // The server's environment holds secrets that a media tool has no need of.
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" }
  return spawn("/bin/sh", ["-c", bounding, "sh", ...limits, command, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"]
  })
}

/** What `nice` answers when the program is not there, or is none. */
const notStarted = [126, 127]

/**
 * Runs a program within bounds and yields its output as fast as it is taken; returns how it ended. Throws when the
 * program cannot be started, the signal's reason when it is aborted, and a `TimeoutError` when it takes too long; in
 * every case the program is gone afterwards, also when its output is not read to the end.
 */
export async function* toolOutput(
  command: string,
  args: ReadonlyArray<string>,
  bounds: ToolBounds
): AsyncGenerator<Buffer, ToolResult> {
  const stop = AbortSignal.any([AbortSignal.timeout(bounds.timeout), ...(bounds.signal ? [bounds.signal] : [])])
  stop.throwIfAborted()
  const child = start(command, args, bounds)
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
  try {
    for await (const chunk of child.stdout) if (Buffer.isBuffer(chunk)) yield chunk
    const code = await ended
    stop.throwIfAborted()
    if (code !== null && notStarted.includes(code)) throw new Error(`${command} cannot be started.`)
    return { code, complaint }
  } finally {
    stop.removeEventListener("abort", kill)
    kill()
    await ended.catch(() => {})
  }
}

/** The same for output that is taken at once, piece by piece. */
export const runTool = async (
  command: string,
  args: ReadonlyArray<string>,
  { onOutput = () => true, ...bounds }: ToolLimits
): Promise<ToolResult> => {
  const output = toolOutput(command, args, bounds)
  const refused = { code: null, complaint: "" }
  for (;;) {
    const next = await output.next()
    if (next.done === true) return next.value
    if (!onOutput(next.value)) {
      await output.return(refused)
      return refused
    }
  }
}
