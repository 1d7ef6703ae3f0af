import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { submissionsContract } from "./submissions.contract.ts"

submissionsContract("memory", memoryAdapters)
submissionsContract("PostgreSQL", postgresAdapters)
