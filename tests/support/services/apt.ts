import { spawn } from "node:child_process"

const timeoutMs = 600_000

/** Runs a command of the package manager and returns its output; throws one sentence with its last error line. */
export const run = (command: string, args: ReadonlyArray<string>, cwd = "/"): Promise<string> =>
  new Promise((resolve, reject) => {
    // RUNLEVEL=1 keeps the packages' scripts from starting servers on the standard ports.
    const env = { ...process.env, RUNLEVEL: "1", DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" }
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs })
    let output = ""
    let errors = ""
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")))
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")))
    child.once("error", reject)
    child.once("close", (code, signal) => {
      if (code === 0) resolve(output)
      else
        reject(
          new Error(`${command} (${args.at(-1)}) ended with ${code ?? signal}: ${errors.trim().split("\n").at(-1)}`)
        )
    })
  })

/** Installs Debian packages system-wide without starting their servers; root only. */
export const installPackages = async (packages: ReadonlyArray<string>): Promise<void> => {
  await run("apt-get", ["update", "-qq"])
  // Another apt may be at work on this machine: wait for its lock instead of failing.
  await run("apt-get", [
    "install",
    "-y",
    "-qq",
    "--no-install-recommends",
    "-o",
    "DPkg::Lock::Timeout=120",
    ...packages
  ])
}
