import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { emailChangesContract } from "./email-changes.contract.ts"

emailChangesContract("memory", memoryAdapters)
emailChangesContract("PostgreSQL", postgresAdapters)
