import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { noticesContract } from "./notices.contract.ts"

noticesContract("memory", memoryAdapters)
noticesContract("PostgreSQL", postgresAdapters)
