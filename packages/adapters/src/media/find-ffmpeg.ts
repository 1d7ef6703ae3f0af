import { basename, dirname, join } from "node:path"

import { runTool } from "./run-tool.ts"

export interface Ffmpeg {
  /** Path or name under which the program can be started. */
  readonly ffmpeg: string
  readonly ffprobe: string
  readonly version: string
}

/** Long enough for a machine that is busy: whoever is told that there is no ffmpeg believes it until the next start. */
const timeout = 30_000

const versionOf = async (command: string): Promise<string | undefined> => {
  let output = ""
  try {
    const { code } = await runTool(command, ["-version"], {
      timeout,
      onOutput: (chunk) => {
        output = (output + chunk.toString("latin1")).slice(0, 4096)
        return true
      }
    })
    return code === 0 ? /^ff(?:mpeg|probe) version (\S+)/.exec(output)?.[1] : undefined
  } catch {
    return undefined
  }
}

/**
 * Looks for ffmpeg and ffprobe: at `path` (the ffmpeg program, its ffprobe beside it), otherwise on the PATH. Answers
 * undefined when either does not start; never rejects.
 */
export const findFfmpeg = async (path?: string): Promise<Ffmpeg | undefined> => {
  const ffmpeg = path ?? "ffmpeg"
  const ffprobe =
    path === undefined || basename(path) === path
      ? "ffprobe"
      : join(dirname(path), basename(path).replace("ffmpeg", "ffprobe"))
  const [version, probeVersion] = await Promise.all([versionOf(ffmpeg), versionOf(ffprobe)])
  return version === undefined || probeVersion === undefined ? undefined : { ffmpeg, ffprobe, version }
}
