import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { trackChangesContract } from "./track-changes.contract.ts"

trackChangesContract("memory", memoryAdapters)
trackChangesContract("PostgreSQL", postgresAdapters)
