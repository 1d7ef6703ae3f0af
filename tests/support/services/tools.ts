import { accessSync, constants } from "node:fs"
import os from "node:os"
import path from "node:path"

interface Definition {
  /** Debian package that brings the program. */
  readonly package: string
  readonly program: string
  /** Where the package puts it. */
  readonly installed: string
  /** What to start when the package was unpacked elsewhere; the same file when absent. */
  readonly unpacked?: string
}

const definitions = {
  redisServer: { package: "redis-server", program: "redis-server", installed: "/usr/bin/redis-server" },
  // Not /usr/sbin/rabbitmq-server, which switches the user and writes below /var.
  rabbitmqServer: {
    package: "rabbitmq-server",
    program: "rabbitmq-server",
    installed: "/usr/lib/rabbitmq/bin/rabbitmq-server"
  },
  epmd: { package: "rabbitmq-server", program: "epmd", installed: "/usr/bin/epmd" },
  clamd: { package: "clamav-daemon", program: "clamd", installed: "/usr/sbin/clamd" },
  ffmpeg: { package: "ffmpeg", program: "ffmpeg", installed: "/usr/bin/ffmpeg" },
  ffprobe: { package: "ffmpeg", program: "ffprobe", installed: "/usr/bin/ffprobe" },
  openssl: { package: "openssl", program: "openssl", installed: "/usr/bin/openssl" },
  chromium: {
    package: "chromium",
    program: "chromium",
    installed: "/usr/bin/chromium",
    unpacked: "/usr/lib/chromium/chromium"
  }
} as const satisfies Readonly<Record<string, Definition>>

export type Tool = keyof typeof definitions

/** A program the tests need. */
export const definitionOf = (tool: Tool): Definition => definitions[tool]

export const allTools: ReadonlyArray<Tool> = [
  "redisServer",
  "rabbitmqServer",
  "epmd",
  "clamd",
  "ffmpeg",
  "ffprobe",
  "openssl",
  "chromium"
]

const caches = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache")

/** Where packages are unpacked for a user who may not install them. */
export const serversFolder = path.join(caches, "veza", "servers")

/** The start script of an unpacked program. */
export const wrapperOf = (packageName: string, program: string): string =>
  path.join(serversFolder, packageName, "wrappers", program)

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The file to run for a tool, or undefined when it is missing. */
export const findTool = (tool: Tool): string | undefined => {
  const { package: name, program, installed } = definitionOf(tool)
  return [installed, wrapperOf(name, program)].find(isExecutable)
}
