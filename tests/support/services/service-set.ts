import type { ServiceName } from "./descriptor.ts"
import type { Service } from "./service.ts"

const addressVariables: Readonly<Record<ServiceName, string>> = {
  postgres: "DATABASE_URL",
  redis: "REDIS_URL",
  rabbitmq: "RABBITMQ_URL",
  clamd: "CLAMAV_ADDRESS"
}

/** Test servers by name. Asking for one that is not among them throws. */
export class ServiceSet {
  readonly #services: ReadonlyMap<ServiceName, Service>

  constructor(services: ReadonlyArray<Service>) {
    this.#services = new Map(services.map((service) => [service.name, service]))
  }

  get postgres(): Service {
    return this.#get("postgres")
  }

  get redis(): Service {
    return this.#get("redis")
  }

  get rabbitmq(): Service {
    return this.#get("rabbitmq")
  }

  get clamd(): Service {
    return this.#get("clamd")
  }

  /** DATABASE_URL, REDIS_URL, RABBITMQ_URL and CLAMAV_ADDRESS of the servers in the set. */
  get env(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#services.values()].map(({ name, address }) => [addressVariables[name], address])
    )
  }

  #get(name: ServiceName): Service {
    const service = this.#services.get(name)
    if (service !== undefined) return service
    throw new Error(`The test server ${name} was not started: name it when starting the test servers.`)
  }
}
