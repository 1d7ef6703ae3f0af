import { readFileSync } from "node:fs"
import { decodeDescriptors, type ServiceDescriptor, type ServiceName } from "./descriptor.ts"
import { ServiceSet } from "./service-set.ts"
import { Service } from "./service.ts"
import { type ServiceSettings, startServices } from "./start.ts"

export { eicar, eicarSignature } from "./clamd.ts"
export type { ServiceDescriptor, ServiceName } from "./descriptor.ts"
export { prepareToolchain, type Tool, type Toolchain } from "./install.ts"
export { ServiceSet } from "./service-set.ts"
export { Service } from "./service.ts"
export { Services, type ServiceSettings, startServices } from "./start.ts"

/** Control over a server that another process started. */
export const controlFrom = (descriptor: ServiceDescriptor): Service => new Service(descriptor)

/** The runner's servers, as told by the descriptor file that VEZA_TEST_SERVICES names. For test workers. */
export const loadServices = (file = process.env["VEZA_TEST_SERVICES"]): ServiceSet => {
  if (file === undefined) {
    throw new Error("No test servers run (VEZA_TEST_SERVICES is not set): start the tests with `npx -y pnpm test`.")
  }
  return new ServiceSet(decodeDescriptors(readFileSync(file, "utf8")).map(controlFrom))
}

/** A server of its own for a test that breaks it. */
export interface PrivateService {
  readonly service: Service
  /** Ends the server and removes its data. */
  readonly dispose: () => Promise<void>
}

/** Starts one server for the caller alone; it ends with this process at the latest. */
export const startPrivate = async (name: ServiceName, settings: ServiceSettings = {}): Promise<PrivateService> => {
  const services = await startServices([name], undefined, settings)
  return { service: services[name], dispose: services.stop }
}
