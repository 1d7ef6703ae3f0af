import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { releasesContract } from "./releases.contract.ts"

releasesContract("memory", memoryAdapters)
releasesContract("PostgreSQL", postgresAdapters)
