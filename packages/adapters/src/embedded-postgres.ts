export { findBinaries } from "./embedded-postgres/binaries.ts"
export { EmbeddedPostgresError, type EmbeddedPostgresReason } from "./embedded-postgres/errors.ts"
export { ensureServer, stopServer, type EmbeddedServer, type ServerOptions } from "./embedded-postgres/server.ts"
export { commandLine, unprivileged, type Unprivileged } from "./embedded-postgres/unprivileged.ts"
