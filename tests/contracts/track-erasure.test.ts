import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { trackErasureContract } from "./track-erasure.contract.ts"

trackErasureContract("memory", memoryAdapters)
trackErasureContract("PostgreSQL", postgresAdapters)
