import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { transactionContract } from "./transaction.contract.ts"

transactionContract("memory", memoryAdapters)
transactionContract("PostgreSQL", postgresAdapters)
