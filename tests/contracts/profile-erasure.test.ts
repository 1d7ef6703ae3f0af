import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { profileErasureContract } from "./profile-erasure.contract.ts"

profileErasureContract("memory", memoryAdapters)
profileErasureContract("PostgreSQL", postgresAdapters)
