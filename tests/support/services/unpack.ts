import { globSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { run } from "./apt.ts"
import { allTools, definitionOf, serversFolder, wrapperOf } from "./tools.ts"

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

// apt needs root only for its own folders: with these it works in ours, knowing what the system has installed.
const privateApt = (): ReadonlyArray<string> => {
  const lists = path.join(serversFolder, "apt", "lists")
  const cache = path.join(serversFolder, "apt", "cache")
  for (const folder of [lists, cache]) mkdirSync(path.join(folder, "partial"), { recursive: true })
  mkdirSync(path.join(cache, "archives", "partial"), { recursive: true })
  return ["-o", `Dir::State::lists=${lists}`, "-o", `Dir::Cache=${cache}`, "-o", "Debug::NoLocking=1", "-qq"]
}

// Erlang's start scripts have the place it was built for written into them.
const relocateErlang = (tree: string, final: string): void => {
  const rootDirectory = `ROOTDIR=${quote(path.join(final, "usr/lib/erlang"))}`
  for (const script of globSync("usr/lib/erlang/{bin,erts-*/bin}/{erl,start}", { cwd: tree })) {
    const file = path.join(tree, script)
    writeFileSync(
      file,
      readFileSync(file, "utf8").replaceAll("ROOTDIR=/usr/lib/erlang", () => rootDirectory)
    )
  }
}

// Some libraries lie one folder deeper, where the packages' own scripts would have linked them from.
const libraryFolders = (tree: string): ReadonlyArray<string> =>
  globSync("{usr/,}lib/*-linux-gnu*{,/blas,/lapack,/pulseaudio}", { cwd: tree })

const writeWrappers = (packageName: string, tree: string, final: string): void => {
  const libraries = libraryFolders(tree).map((folder) => path.join(final, folder))
  const programs = allTools.map(definitionOf).filter((definition) => definition.package === packageName)
  mkdirSync(path.join(tree, "wrappers"))
  for (const { program, installed, unpacked = installed } of programs) {
    if (!existsSync(path.join(tree, unpacked))) continue
    const lines = [
      "#!/bin/sh",
      `PATH=${quote(path.join(final, "usr/bin"))}:"$PATH"`,
      `LD_LIBRARY_PATH=${quote(libraries.join(":"))}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
      "export PATH LD_LIBRARY_PATH",
      `exec ${quote(path.join(final, unpacked))} "$@"`
    ]
    writeFileSync(path.join(tree, "wrappers", program), `${lines.join("\n")}\n`, { mode: 0o755 })
  }
}

const download = async (packageName: string, options: ReadonlyArray<string>, folder: string): Promise<void> => {
  const plan = await run("apt-get", [...options, "--simulate", "--no-install-recommends", "install", packageName])
  const names = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap((match) => match[1] ?? [])
  await run("apt-get", [...options, "download", ...names], folder)
}

const unpack = async (packageName: string, options: ReadonlyArray<string>): Promise<void> => {
  const work = mkdtempSync(path.join(serversFolder, ".unpack-"))
  const tree = path.join(work, "tree")
  const final = path.dirname(path.dirname(wrapperOf(packageName, "any")))
  try {
    await download(packageName, options, work)
    for (const archive of globSync("*.deb", { cwd: work })) await run("dpkg-deb", ["-x", archive, tree], work)
    relocateErlang(tree, final)
    writeWrappers(packageName, tree, final)
    rmSync(final, { recursive: true, force: true })
    renameSync(tree, final)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Downloads Debian packages with what they need and unpacks them into the user's cache folder; needs no rights. */
export const unpackPackages = async (packages: ReadonlyArray<string>): Promise<void> => {
  const options = privateApt()
  await run("apt-get", [...options, "update"])
  for (const name of packages) await unpack(name, options)
}
