import path from "node:path"
import { installPackages } from "./apt.ts"
import { allTools, definitionOf, findTool, serversFolder, type Tool } from "./tools.ts"
import { unpackPackages } from "./unpack.ts"

export type { Tool } from "./tools.ts"

/** The programs the tests run beside Node. */
export interface Toolchain {
  /** The file to run for a tool; throws when it was not prepared. */
  readonly path: (tool: Tool) => string
  /** For programs under test that look tools up by name. */
  readonly env: { readonly PATH: string }
}

const pathOf = (tool: Tool): string => {
  const found = findTool(tool)
  if (found !== undefined) return found
  const { program, package: name } = definitionOf(tool)
  throw new Error(`The tests need ${program}, which is missing: install Debian's package ${name} or its like.`)
}

const packagesOf = (tools: ReadonlyArray<Tool>): ReadonlyArray<string> => [
  ...new Set(tools.map((tool) => definitionOf(tool).package))
]

const provide = async (packages: ReadonlyArray<string>): Promise<void> => {
  const isRoot = process.getuid?.() === 0
  const where = isRoot ? "with apt-get" : `into ${serversFolder}`
  console.log(`Installing ${packages.join(", ")} ${where} for the tests.`)
  try {
    await (isRoot ? installPackages : unpackPackages)(packages)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The tests need ${packages.join(", ")}, which could not be installed ${where}: ${reason}`, {
      cause
    })
  }
}

/**
 * Makes sure that the tools are there (all of them unless told): root installs what is missing from Debian's packages,
 * an ordinary user gets it unpacked into a cache folder. Throws one sentence when a tool cannot be had.
 */
export const prepareToolchain = async (tools: ReadonlyArray<Tool> = allTools): Promise<Toolchain> => {
  const missing = tools.filter((tool) => findTool(tool) === undefined)
  if (missing.length > 0) await provide(packagesOf(missing))
  const present = (process.env["PATH"] ?? "").split(path.delimiter)
  const folders = [...new Set(tools.map((tool) => path.dirname(pathOf(tool))))]
  const added = folders.filter((folder) => !present.includes(folder))
  return { path: pathOf, env: { PATH: [...present, ...added].join(path.delimiter) } }
}
