import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { uploadsContract } from "./uploads.contract.ts"

uploadsContract("memory", memoryAdapters)
uploadsContract("PostgreSQL", postgresAdapters)
