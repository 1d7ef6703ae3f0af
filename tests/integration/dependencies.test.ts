import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createServer, getCACertificates, setDefaultCACertificates, type Server } from "node:tls"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { dependencies } from "@veza/adapters/composition"
import { loadSettings } from "@veza/adapters/config"
import { given } from "../support/given-servers.ts"
import { freshDatabaseLayer } from "../support/database.ts"
import { findTool } from "../support/services/tools.ts"

/** Which of the servers that are set answer. */
const answering = (env: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const settings = yield* loadSettings(
      { APP_ENV: "test", DATABASE_URL: "postgres://x", JWT_SECRET: "x".repeat(32), CLAMAV_REQUIRED: "false", ...env },
      "/nonexistent"
    )
    const found = yield* Effect.forEach(dependencies(settings), ({ name, probe }) =>
      Effect.map(Effect.exit(probe), (exit) => (Exit.isSuccess(exit) ? [name] : []))
    )
    return found.flat()
  }).pipe(Effect.provide(freshDatabaseLayer))

describe("what this installation depends on", () => {
  const folder = mkdtempSync(join(tmpdir(), "veza-tls-"))
  const trusted = getCACertificates()
  /** Answers as both would, by TLS alone. */
  let server: Server
  let port = 0
  beforeAll(async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    execFileSync(
      findTool("openssl") ?? "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert, ...names],
      { stdio: "ignore" }
    )
    setDefaultCACertificates([...trusted, readFileSync(cert, "utf8")])
    server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
      socket.on("error", () => {})
      socket.once("data", (said: Buffer) =>
        socket.write(said.toString("latin1").startsWith("AMQP") ? "\x01" : "+PONG\r\n")
      )
    })
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
    const address = server.address()
    port = typeof address === "object" && address !== null ? address.port : 0
  })
  afterAll(() => {
    setDefaultCACertificates(trusted)
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it.live("is asked in the clear", () =>
    Effect.gen(function* () {
      const urls = { REDIS_URL: given("REDIS_URL"), RABBITMQ_URL: given("RABBITMQ_URL") }
      assert.deepStrictEqual(yield* answering(urls), ["database", "redis", "rabbitmq"])
      assert.deepStrictEqual(yield* answering({ REDIS_URL: urls.RABBITMQ_URL.replace("amqp", "redis") }), ["database"])
    })
  )

  it.live("is asked by TLS where its URL says so, by name or address", () =>
    Effect.gen(function* () {
      for (const host of ["localhost", "127.0.0.1"]) {
        const urls = { REDIS_URL: `rediss://:secret@${host}:${port}`, RABBITMQ_URL: `amqps://${host}:${port}/` }
        assert.deepStrictEqual(yield* answering(urls), ["database", "redis", "rabbitmq"], host)
      }
      assert.deepStrictEqual(yield* answering({ REDIS_URL: `redis://localhost:${port}` }), ["database"])
    })
  )
})
