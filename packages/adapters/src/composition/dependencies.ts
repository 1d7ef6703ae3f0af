import { connect } from "node:net"
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

/** Opens a connection, says `greeting`, and looks whether the first bytes of the reply are as the protocol has them. */
const greets = (url: URL, defaultPort: number, greeting: string, expected: (reply: Buffer) => boolean) =>
  Effect.callback<void, Error>((resume) => {
    const socket = connect(Number(url.port) || defaultPort, url.hostname)
    const fail = (message: string) => resume(Effect.fail(new Error(message)))
    socket.once("connect", () => socket.write(greeting, "latin1"))
    socket.once("data", (reply) =>
      resume(expected(reply) ? Effect.void : Effect.fail(new Error("an unexpected reply")))
    )
    socket.once("error", (error) => fail(error.message))
    socket.once("close", () => fail("the connection was closed"))
    return Effect.sync(() => socket.destroy())
  }).pipe(Effect.timeout(patience))

const redisProbe = (url: Redacted.Redacted<string>) =>
  // An answer of any kind will do: without its password the server answers -NOAUTH.
  greets(new URL(Redacted.value(url)), 6379, "PING\r\n", (reply) => reply[0] === 0x2b || reply[0] === 0x2d)

const rabbitmqProbe = (url: Redacted.Redacted<string>) =>
  // The AMQP 0-9-1 protocol header (§4.2.2); a broker answers with a method frame.
  greets(new URL(Redacted.value(url)), 5672, "AMQP\x00\x00\x09\x01", (reply) => reply[0] === 1)

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
    : [{ name: "redis", required: true, probe: redisProbe(settings.REDIS_URL) }]),
  ...(settings.RABBITMQ_URL === undefined
    ? []
    : [{ name: "rabbitmq", required: true, probe: rabbitmqProbe(settings.RABBITMQ_URL) }]),
  ...storageDependency(settings),
  ...(settings.CLAMAV_REQUIRED
    ? [{ name: "scanner", required: false, probe: Effect.timeout(pingClamav(clamavAddress(settings)), patience) }]
    : [])
]
