import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { recordingsContract } from "./recordings.contract.ts"

recordingsContract("memory", memoryAdapters)
recordingsContract("PostgreSQL", postgresAdapters)
