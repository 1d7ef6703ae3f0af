import { connect, isIP } from "node:net"
import { connect as connectByTls } from "node:tls"
import { Duration, Effect, Redacted } from "effect"
import { pingClamav } from "../clamav.ts"
import type { Settings } from "../config.ts"
import { Database } from "../postgres.ts"
import { clamavAddress } from "./registry.ts"
import { loadS3, s3Settings } from "./storage.ts"

/** A server this installation depends on, and how to ask whether it is there. */
export interface Dependency {
  readonly name: string
  /** Down means that the process is not ready. */
  readonly required: boolean
  readonly probe: Effect.Effect<unknown, unknown, Database>
}

const patience = Duration.seconds(2)

interface Protocol {
  /** The port of its URLs that name none, in the clear and by TLS (`rediss:`, `amqps:`). */
  readonly ports: { readonly plain: number; readonly tls: number }
  readonly greeting: string
  readonly isAnswered: (reply: Buffer) => boolean
}

const open = ({ protocol, hostname, port }: URL, { ports }: Protocol) => {
  const host = hostname.replace(/^\[|\]$/gu, "")
  return protocol === "rediss:" || protocol === "amqps:"
    ? connectByTls({ host, port: Number(port) || ports.tls, ...(isIP(host) === 0 ? { servername: host } : {}) })
    : connect(Number(port) || ports.plain, host)
}

/** Opens a connection, greets, and looks whether the first bytes of the reply are as the protocol has them. */
const greets = (url: Redacted.Redacted<string>, protocol: Protocol) =>
  Effect.callback<void, Error>((resume) => {
    const socket = open(new URL(Redacted.value(url)), protocol)
    const fail = (message: string) => resume(Effect.fail(new Error(message)))
    // By TLS it goes out as soon as both sides know each other.
    socket.write(protocol.greeting, "latin1")
    socket.once("data", (reply) =>
      resume(protocol.isAnswered(reply) ? Effect.void : Effect.fail(new Error("an unexpected reply")))
    )
    socket.once("error", (error) => fail(error.message))
    socket.once("close", () => fail("the connection was closed"))
    return Effect.sync(() => socket.destroy())
  }).pipe(Effect.timeout(patience))

const redis: Protocol = {
  ports: { plain: 6379, tls: 6379 },
  greeting: "PING\r\n",
  // An answer of any kind will do: without its password the server answers -NOAUTH.
  isAnswered: (reply) => reply[0] === 0x2b || reply[0] === 0x2d
}

const amqp: Protocol = {
  ports: { plain: 5672, tls: 5671 },
  // The AMQP 0-9-1 protocol header (§4.2.2); a broker answers with a method frame.
  greeting: "AMQP\x00\x00\x09\x01",
  isAnswered: (reply) => reply[0] === 1
}

/** Who listens is sent to the store, so this process can serve without it; uploads cannot. */
const storageDependency = (settings: Settings): ReadonlyArray<Dependency> => {
  const s3 = s3Settings(settings)
  return s3 === undefined
    ? []
    : [{ name: "storage", required: false, probe: Effect.flatMap(loadS3, ({ pingBucket }) => pingBucket(s3)) }]
}

/** What this installation depends on; scanner and object store only matter to uploads. */
export const dependencies = (settings: Settings): ReadonlyArray<Dependency> => [
  {
    name: "database",
    required: true,
    probe: Effect.flatMap(Database, ({ sql }) => Effect.timeout(sql`SELECT 1`, patience))
  },
  ...(settings.REDIS_URL === undefined
    ? []
    : [{ name: "redis", required: true, probe: greets(settings.REDIS_URL, redis) }]),
  ...(settings.RABBITMQ_URL === undefined
    ? []
    : [{ name: "rabbitmq", required: true, probe: greets(settings.RABBITMQ_URL, amqp) }]),
  ...storageDependency(settings),
  ...(settings.CLAMAV_REQUIRED
    ? [{ name: "scanner", required: false, probe: Effect.timeout(pingClamav(clamavAddress(settings)), patience) }]
    : [])
]
