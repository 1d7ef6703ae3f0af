import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { outboxContract } from "./outbox.contract.ts"

outboxContract("memory", memoryAdapters)
outboxContract("PostgreSQL", postgresAdapters)
