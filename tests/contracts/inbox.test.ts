import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { inboxContract } from "./inbox.contract.ts"

inboxContract("memory", memoryAdapters)
inboxContract("PostgreSQL", postgresAdapters)
