import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { changesContract } from "./changes.contract.ts"

changesContract("memory", memoryAdapters)
changesContract("PostgreSQL", postgresAdapters)
