import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { runTool, toolOutput } from "@veza/adapters/media/run-tool"
import { eventually } from "../support/product/eventually.ts"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "veza-tool-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const sh = (script: string, ...args: ReadonlyArray<string>) => ["-c", script, "sh", ...args]
const isAlive = (pid: number): boolean => {
  const status = `/proc/${pid}/stat`
  // A zombie that its new parent has not looked at yet does no harm.
  return existsSync(status) && !/\) Z /u.test(readFileSync(status, "utf8"))
}
const pidIn = (file: string) =>
  eventually("the tool's start", () => existsSync(file) && Number(readFileSync(file, "utf8").trim()))

/** What a script writes. */
const said = async (script: string, timeout = 60_000, niceness = 0): Promise<string> => {
  let text = ""
  await runTool("/bin/sh", sh(script), {
    timeout,
    niceness,
    onOutput: (chunk) => {
      text += chunk.toString()
      return true
    }
  })
  return text
}

describe("a media tool", () => {
  it("runs within the kernel's limits on time, memory, files and cores, and gives way to others", async () => {
    const [time, memory, files, cores, niceness] = (
      await said("ulimit -t; ulimit -v; ulimit -f; ulimit -c; nice", 90_000, 5)
    ).split("\n")
    expect([time, memory, files, cores]).toEqual(["90", "1048576", "0", "0"])
    expect(Number(niceness)).toBe(Number(await said("nice")) + 5)
  })

  it("cannot write a file, nor take more memory than it may", async () => {
    const file = join(folder, "written")
    const { code } = await runTool("/bin/sh", sh('head -c 100000 /dev/zero > "$1"', file), { timeout: 60_000 })
    expect(code).not.toBe(0)
    const greedy = ["-e", "Buffer.alloc(3 * 1024 ** 3, 1)"]
    expect((await runTool(process.execPath, greedy, { timeout: 60_000 })).code).not.toBe(0)
  })

  it("knows nothing of the environment it is started from", async () => {
    process.env["A_SECRET_OF_TESTS"] = "hush"
    expect(await said("env")).not.toContain("hush")
    delete process.env["A_SECRET_OF_TESTS"]
  })

  it("takes its arguments as they are", async () => {
    const odd = ["$(id)", "a b", "'", '"', "`id`", "; id", "*", "\n"]
    let text = ""
    await runTool("printf", ["%s|", ...odd], {
      timeout: 60_000,
      onOutput: (chunk) => {
        text += chunk.toString()
        return true
      }
    })
    expect(text).toBe(odd.map((one) => `${one}|`).join(""))
  })

  it("is told from one that is not there", async () => {
    await expect(runTool(join(folder, "none"), [], { timeout: 60_000 })).rejects.toThrow("cannot be started")
  })

  it("is gone after its time, after an abort, and when its output is no longer read", async () => {
    const endless = (name: string) => sh('echo $$ > "$1"; while :; do echo more; done', join(folder, name))
    const open = { fileSize: 4096 }
    await expect(runTool("/bin/sh", endless("slow"), { ...open, timeout: 300 })).rejects.toThrow(/time/iu)
    const stop = new AbortController()
    const aborted = runTool("/bin/sh", endless("aborted"), { ...open, timeout: 60_000, signal: stop.signal })
    await pidIn(join(folder, "aborted"))
    stop.abort(new Error("enough"))
    await expect(aborted).rejects.toThrow("enough")
    for await (const chunk of toolOutput("/bin/sh", endless("left"), { ...open, timeout: 60_000 })) {
      if (chunk.length > 0) break
    }
    const refused = await runTool("/bin/sh", endless("refused"), { ...open, timeout: 60_000, onOutput: () => false })
    expect(refused.code).toBeNull()
    for (const name of ["slow", "aborted", "left", "refused"])
      expect(isAlive(await pidIn(join(folder, name)))).toBe(false)
  })

  it.each([
    ["computes without end", "while :; do :; done"],
    ["writes without end", "while :; do echo more; done"]
  ])("that %s does not outlive a killed worker by more than its time", async (_, loop) => {
    const pidFile = join(folder, `orphan-${loop.length}`)
    const main = join(folder, `main-${loop.length}.mjs`)
    const tool = import.meta.resolve("@veza/adapters/media/run-tool")
    const args = JSON.stringify(sh(`trap "" PIPE; echo $$ > "$1"; ${loop}`, pidFile))
    await writeFile(
      main,
      `import { runTool } from ${JSON.stringify(tool)}
      await runTool("/bin/sh", ${args}, { timeout: 2000, fileSize: 4096 })`
    )
    const worker = spawn(process.execPath, ["--conditions=source", main], { stdio: "ignore" })
    const pid = await pidIn(pidFile)
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(pid, "SIGKILL")
    })
    worker.kill("SIGKILL")
    await eventually("the tool's end", () => !isAlive(pid))
  })
})
