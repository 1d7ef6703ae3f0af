import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { invoicesContract } from "./invoices.contract.ts"

invoicesContract("memory", memoryAdapters)
invoicesContract("PostgreSQL", postgresAdapters)
