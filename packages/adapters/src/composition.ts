export { type Dependency, dependencies } from "./composition/dependencies.ts"
export { embeddedDatabaseUrl, HomeUnusable } from "./composition/development.ts"
export { adapters, databaseLayer, databasePorts, installationSecret } from "./composition/layers.ts"
export { announceChoice, choose, type Choice, clamavAddress, registry } from "./composition/registry.ts"
