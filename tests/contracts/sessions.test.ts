import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { sessionsContract } from "./sessions.contract.ts"

sessionsContract("memory", memoryAdapters)
sessionsContract("PostgreSQL", postgresAdapters)
