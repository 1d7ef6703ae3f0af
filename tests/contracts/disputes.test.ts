import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { disputesContract } from "./disputes.contract.ts"

disputesContract("memory", memoryAdapters)
disputesContract("PostgreSQL", postgresAdapters)
