import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { credentialErasureContract } from "./credential-erasure.contract.ts"

credentialErasureContract("memory", memoryAdapters)
credentialErasureContract("PostgreSQL", postgresAdapters)
