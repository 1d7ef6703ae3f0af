import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { type Services, startServices } from "../../support/services/index.ts"
import { nginxConfiguration } from "../baselines/nginx.ts"
import { apiCommand } from "./api.ts"
import { account, makeData, streamed } from "./data.ts"
import { writeFileSync } from "node:fs"
import type { Options } from "./options.ts"
import { type Server, type ServerCommand, startServer } from "./server.ts"
import { programOf } from "./tools.ts"

const Login = Schema.Struct({ data: Schema.Struct({ access_token: Schema.String }) })
const decodeLogin = Schema.decodeUnknownSync(Login)

const Issued = Schema.Struct({ data: Schema.Struct({ key: Schema.String }) })
const decodeIssued = Schema.decodeUnknownSync(Issued)

const apis = ["api", "api-redis"] as const
const baselines = ["koa-hello", "koa-postgres"] as const
type ServerName = (typeof apis)[number] | (typeof baselines)[number] | "nginx"

/** What the rows measure: servers of one run, each started when it is first asked for. */
export class World {
  readonly databaseUrl: string
  /** Working folder of the run, removed at its end. */
  readonly folder: string
  readonly uploads: string
  readonly #services: Services
  readonly #nodeArgs: ReadonlyArray<string>
  readonly #servers = new Map<ServerName, Promise<Server>>()

  constructor(services: Services, nodeArgs: ReadonlyArray<string>) {
    this.#services = services
    this.#nodeArgs = nodeArgs
    this.databaseUrl = services.env["DATABASE_URL"] ?? ""
    this.folder = join(services.folder, "load")
    this.uploads = join(this.folder, "uploads")
    mkdirSync(this.uploads, { recursive: true })
  }

  server(name: ServerName): Promise<Server> {
    const known = this.#servers.get(name) ?? startServer(this.#command(name))
    this.#servers.set(name, known)
    return known
  }

  /** An access token of the run's account, good for 15 minutes. */
  async token(api: Server): Promise<string> {
    const response = await fetch(`${api.origin}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: account.email, password: account.password })
    })
    if (!response.ok) throw new Error(`The run's account could not log in: ${response.status} ${await response.text()}`)
    return decodeLogin(await response.json()).data.access_token
  }

  /** An API key of the run's account. */
  async apiKey(api: Server): Promise<string> {
    const response = await fetch(`${api.origin}/api/v1/developer/api-keys`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await this.token(api)}` },
      body: JSON.stringify({ name: "load", scopes: ["read"] })
    })
    if (!response.ok) throw new Error(`The run's account got no key: ${response.status} ${await response.text()}`)
    return decodeIssued(await response.json()).data.key
  }

  async stop(): Promise<void> {
    for (const server of await Promise.allSettled(this.#servers.values())) {
      if (server.status === "fulfilled") await server.value.stop()
    }
    await this.#services.stop()
  }

  #command(name: ServerName): ServerCommand {
    const { folder, uploads, databaseUrl } = this
    const { env } = this.#services
    switch (name) {
      case "api":
      case "api-redis": {
        const redisUrl = name === "api" ? undefined : env["REDIS_URL"]
        const clamavAddress = env["CLAMAV_ADDRESS"] ?? ""
        return apiCommand({ name, folder, uploads, databaseUrl, clamavAddress, redisUrl, nodeArgs: this.#nodeArgs })
      }
      case "koa-hello":
      case "koa-postgres":
        return {
          name,
          folder,
          command: process.execPath,
          args: () => [...process.execArgv, join(import.meta.dirname, `../baselines/${name}.ts`)],
          env: (port) => ({ PORT: String(port), DATABASE_URL: databaseUrl, NODE_ENV: "production" }),
          readyPath: name === "koa-hello" ? "/" : `/tracks/${streamed.trackId}`
        }
      case "nginx": {
        const configuration = join(folder, "nginx.conf")
        return {
          name,
          folder,
          command: programOf("nginx-light") ?? "nginx",
          args: (port) => {
            writeFileSync(configuration, nginxConfiguration(port, uploads, folder))
            return ["-p", folder, "-c", configuration]
          },
          env: () => ({}),
          readyPath: "/ready"
        }
      }
    }
  }
}

/** Starts the servers behind the API and fills the database. */
export const makeWorld = async (options: Options): Promise<World> => {
  const services = await startServices(["postgres", "redis", "clamd"])
  const world = new World(services, options.nodeArgs)
  try {
    await makeData(world.databaseUrl, world.uploads)
    return world
  } catch (error) {
    await world.stop()
    throw error
  }
}
