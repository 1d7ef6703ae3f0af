import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { prepareClamd } from "./clamd.ts"
import { encodeDescriptors, type ServiceDescriptor, type ServiceName } from "./descriptor.ts"
import { startGuardian } from "./guardian.ts"
import { prepareToolchain, type Tool, type Toolchain } from "./install.ts"
import { preparePostgres } from "./postgres.ts"
import { prepareRabbitmq } from "./rabbitmq.ts"
import { prepareRedis } from "./redis.ts"
import { ServiceSet } from "./service-set.ts"
import { Service } from "./service.ts"

const toolsOf: Readonly<Record<ServiceName, ReadonlyArray<Tool>>> = {
  postgres: [],
  redis: ["redisServer"],
  rabbitmq: ["rabbitmqServer", "epmd"],
  clamd: ["clamd"]
}

export interface ServiceSettings {
  /** What clamd takes at most, as clamd.conf writes it. */
  readonly clamdLimit?: string
}

const prepare = (
  name: ServiceName,
  dir: string,
  { path: tool }: Toolchain,
  settings: ServiceSettings
): Promise<ServiceDescriptor> => {
  switch (name) {
    case "postgres":
      return preparePostgres(dir)
    case "redis":
      return prepareRedis(dir, tool("redisServer"))
    case "rabbitmq":
      return prepareRabbitmq(dir, { rabbitmqServer: tool("rabbitmqServer"), epmd: tool("epmd") })
    case "clamd":
      return prepareClamd(dir, tool("clamd"), settings.clamdLimit)
  }
}

/** Servers this process started, and ends. */
export class Services extends ServiceSet {
  /** Everything the servers write is below this folder. */
  readonly folder: string
  /** To be named in VEZA_TEST_SERVICES, so that test workers can control the servers. */
  readonly descriptorFile: string
  /** Ends all servers and removes the folder. */
  readonly stop: () => Promise<void>

  constructor(services: ReadonlyArray<Service>, folder: string, descriptorFile: string, stop: () => Promise<void>) {
    super(services)
    this.folder = folder
    this.descriptorFile = descriptorFile
    this.stop = stop
  }
}

/**
 * Starts the named servers on free ports in a new folder below `baseDir` (the system's temporary folder unless told)
 * and waits until they answer. They end with this process, however it ends. Throws when one does not start.
 */
export const startServices = async (
  which: ReadonlyArray<ServiceName>,
  baseDir = os.tmpdir(),
  settings: ServiceSettings = {}
): Promise<Services> => {
  const toolchain = await prepareToolchain(which.flatMap((name) => toolsOf[name]))
  mkdirSync(baseDir, { recursive: true })
  const folder = realpathSync(mkdtempSync(path.join(baseDir, "veza-services-")))
  // PostgreSQL may have to run as "nobody", who must be able to reach its folder in here.
  chmodSync(folder, 0o711)
  const dismissGuardian = startGuardian(folder)
  const started: Array<Service> = []
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((service) => service.stop()))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    dismissGuardian()
  }
  const start = async (name: ServiceName): Promise<void> => {
    const dir = path.join(folder, name)
    mkdirSync(dir, { mode: 0o700 })
    const service = new Service(await prepare(name, dir, toolchain, settings))
    started.push(service)
    await service.start()
  }
  const outcomes = await Promise.allSettled(which.map(start))
  const failure = outcomes.find((outcome) => outcome.status === "rejected")
  if (failure !== undefined) {
    await stop()
    throw failure.reason
  }
  const descriptorFile = path.join(folder, "services.json")
  const descriptors = started.map((service) => service.descriptor)
  writeFileSync(descriptorFile, encodeDescriptors(descriptors), { mode: 0o600 })
  return new Services(started, folder, descriptorFile, stop)
}
