import { randomBytes } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { ServiceDescriptor } from "./descriptor.ts"
import { freePorts } from "./ports.ts"

const configuration = (port: number, password: string): string => `listeners.tcp.default = 127.0.0.1:${port}
default_user = veza
default_pass = ${password}
log.console = true
log.file = false
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 512MB
`

const environment = (dir: string, distributionPort: number, epmdPort: number) => ({
  HOME: path.join(dir, "home"),
  ERL_EPMD_PORT: String(epmdPort),
  ERL_EPMD_ADDRESS: "127.0.0.1",
  RABBITMQ_NODENAME: "veza@localhost",
  RABBITMQ_DIST_PORT: String(distributionPort),
  RABBITMQ_CONF_ENV_FILE: "/dev/null",
  RABBITMQ_CONFIG_FILE: path.join(dir, "conf", "rabbitmq.conf"),
  RABBITMQ_ADVANCED_CONFIG_FILE: path.join(dir, "conf", "advanced.config"),
  RABBITMQ_GENERATED_CONFIG_DIR: path.join(dir, "conf", "generated"),
  RABBITMQ_ENABLED_PLUGINS_FILE: path.join(dir, "conf", "enabled_plugins"),
  RABBITMQ_MNESIA_BASE: path.join(dir, "mnesia"),
  RABBITMQ_LOG_BASE: path.join(dir, "log"),
  // The start script then becomes the Erlang machine instead of keeping it as a child, so signals reach it.
  RUNNING_UNDER_SYSTEMD: "true",
  // Two schedulers: starts in half the time.
  RABBITMQ_SERVER_ERL_ARGS: "+S 2:2",
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}"
})

/** A RabbitMQ node with its own Erlang port mapper in the empty folder `dir`. */
export const prepareRabbitmq = async (
  dir: string,
  tools: { readonly rabbitmqServer: string; readonly epmd: string }
): Promise<ServiceDescriptor> => {
  const [port = 0, distributionPort = 0, epmdPort = 0] = await freePorts(3)
  const password = randomBytes(9).toString("hex")
  for (const name of ["home", "conf", "mnesia", "log"]) mkdirSync(path.join(dir, name))
  writeFileSync(path.join(dir, "home", ".erlang.cookie"), randomBytes(16).toString("hex"), { mode: 0o400 })
  writeFileSync(path.join(dir, "conf", "rabbitmq.conf"), configuration(port, password), { mode: 0o600 })
  writeFileSync(path.join(dir, "conf", "enabled_plugins"), "[].")
  const env = environment(dir, distributionPort, epmdPort)
  // In the foreground: the server would otherwise leave a daemon behind that listens on every address.
  const epmd = {
    command: tools.epmd,
    args: ["-port", String(epmdPort), "-address", "127.0.0.1"],
    env,
    cwd: dir,
    logFile: path.join(dir, "epmd.log"),
    pidFile: path.join(dir, "epmd.pid"),
    ready: { protocol: "connect" as const, port: epmdPort },
    startTimeoutMs: 60_000,
    stopSignal: "SIGKILL" as const
  }
  const server = {
    command: tools.rabbitmqServer,
    args: [],
    env,
    cwd: dir,
    logFile: path.join(dir, "server.log"),
    pidFile: path.join(dir, "server.pid"),
    ready: { protocol: "amqp" as const, port },
    startTimeoutMs: 60_000,
    stopSignal: "SIGTERM" as const
  }
  const address = `amqp://veza:${password}@127.0.0.1:${port}/%2f`
  return { name: "rabbitmq", port, address, processes: [epmd, server] }
}
