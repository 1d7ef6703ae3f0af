import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { preferencesContract } from "./preferences.contract.ts"

preferencesContract("memory", memoryAdapters)
preferencesContract("PostgreSQL", postgresAdapters)
