import { Redis } from "ioredis"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import net from "node:net"
import os from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { eicar, eicarSignature, loadServices, startServices, type Services } from "../support/services/index.ts"
import { serverPorts } from "../support/services/ports.ts"
import { processesIn } from "../support/services/process-tree.ts"

let services: Services

beforeAll(async () => {
  services = await startServices(["redis", "clamd"])
}, 120_000)

afterAll(async () => {
  await services.stop()
  expect(existsSync(services.folder)).toBe(false)
})

const connect = async (): Promise<Redis> => {
  const client = new Redis(services.env["REDIS_URL"] ?? "", {
    commandTimeout: 2000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null
  })
  client.on("error", () => undefined)
  await once(client, "ready")
  return client
}

const scan = (content: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(services.clamd.port, "127.0.0.1")
    const length = Buffer.alloc(4)
    length.writeUInt32BE(content.length)
    let answer = ""
    socket.setTimeout(3000, () => socket.destroy(new Error("no answer in time")))
    socket.once("error", reject)
    socket.once("connect", () => {
      socket.write("zINSTREAM\0")
      socket.write(Buffer.concat([length, content, Buffer.alloc(4)]))
    })
    socket.on("data", (bytes) => (answer += bytes.toString("latin1")))
    socket.once("end", () => resolve(answer.replace("\0", "")))
  })

describe("a private Redis", () => {
  it("keeps its data and connections over a pause", async () => {
    const client = await connect()
    await client.set("song", "kept")
    services.redis.pause()
    await expect(client.get("song")).rejects.toThrow("timed out")
    services.redis.resume()
    await expect(client.get("song")).resolves.toBe("kept")
    client.disconnect()
  })

  it("is gone after a crash and back, empty and on the same port, after a start", async () => {
    const client = await connect()
    const closed = once(client, "end")
    const before = services.redis.pid
    await services.redis.crash()
    await closed
    expect(services.redis.pid).toBeUndefined()
    await services.redis.start()
    expect(services.redis.pid).not.toBe(before)
    const again = await connect()
    await expect(again.get("song")).resolves.toBeNull()
    again.disconnect()
  })

  it("can be controlled from its descriptor file by another process than its parent", async () => {
    const elsewhere = loadServices(services.descriptorFile).redis
    const before = services.redis.pid
    expect(elsewhere.pid).toBe(before)
    await elsewhere.restart()
    expect(services.redis.pid).toBe(elsewhere.pid)
    expect(services.redis.pid).not.toBe(before)
    await elsewhere.stop()
    expect(services.redis.pid).toBeUndefined()
    await services.redis.start()
  })
})

describe("a private clamd", () => {
  it("finds the test text anywhere, and passes what is clean", async () => {
    expect(await scan(Buffer.from(eicar))).toBe(`stream: ${eicarSignature} FOUND`)
    expect(await scan(Buffer.from(`${"music ".repeat(10_000)}${eicar} music`))).toBe(`stream: ${eicarSignature} FOUND`)
    expect(await scan(Buffer.from("music"))).toBe("stream: OK")
  })

  it("can be paused, resumed, crashed and restarted", async () => {
    services.clamd.pause()
    await expect(scan(Buffer.from("music"))).rejects.toThrow("no answer")
    services.clamd.resume()
    expect(await scan(Buffer.from("music"))).toBe("stream: OK")
    await services.clamd.crash()
    await expect(scan(Buffer.from("music"))).rejects.toThrow("ECONNREFUSED")
    await services.clamd.start()
    expect(await scan(Buffer.from(eicar))).toBe(`stream: ${eicarSignature} FOUND`)
  })
})

describe("free ports", () => {
  it("lie outside the range of client connections, wherever that leaves enough", () => {
    const usual = serverPorts({ from: 32_768, to: 60_999 })
    expect(usual.some((port) => port >= 32_768 && port <= 60_999)).toBe(false)
    expect(usual.length).toBeGreaterThan(20_000)
    for (const range of [
      { from: 1024, to: 65_535 },
      { from: 15_000, to: 64_000 }
    ]) {
      expect(serverPorts(range).length).toBe(50_000)
    }
  })

  it("are each given to one process only, also before anything listens there", async () => {
    const ports = pathToFileURL(path.join(import.meta.dirname, "../support/services/ports.ts")).href
    const take = `import { freePorts } from ${JSON.stringify(ports)}; process.send(await freePorts(300)); process.channel.ref()`
    const takers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--input-type=module", "--eval", take], {
        stdio: ["ignore", "inherit", "inherit", "ipc"]
      })
    )
    const answers = await Promise.all(takers.map((taker) => once(taker, "message")))
    const taken = answers.flatMap(([message]: ReadonlyArray<unknown>) => message)
    expect(new Set(taken).size).toBe(1200)
    for (const taker of takers) taker.disconnect()
    await Promise.all(takers.map((taker) => once(taker, "exit")))
  })
})

describe("the test servers", () => {
  it("end when the process that started them is killed", async () => {
    const base = mkdtempSync(path.join(os.tmpdir(), "veza-killed-"))
    const entry = path.join(import.meta.dirname, "..", "support", "services", "index.ts")
    const program = `
      import { startServices } from ${JSON.stringify(entry)}
      const services = await startServices(["redis"], ${JSON.stringify(base)})
      services.redis.pause()
      console.log(services.folder)`
    const args = ["--conditions=source", "--input-type=module", "--eval", `${program}\nsetInterval(() => {}, 60_000)`]
    const parent = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] })
    const [line]: ReadonlyArray<unknown> = await once(parent.stdout, "data")
    const folder = String(line).trim()
    expect(processesIn(folder)).toHaveLength(1)
    parent.kill("SIGKILL")
    for (let turn = 0; turn < 1200 && existsSync(folder); turn++) await sleep(50)
    expect(existsSync(folder)).toBe(false)
    expect(processesIn(folder)).toEqual([])
    rmSync(base, { recursive: true })
  }, 20_000)
})
