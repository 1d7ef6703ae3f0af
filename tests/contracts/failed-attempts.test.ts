import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { failedAttemptsContract } from "./failed-attempts.contract.ts"

failedAttemptsContract("memory", memoryAdapters)
failedAttemptsContract("PostgreSQL", postgresAdapters)
