import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { jobLeasesContract } from "./job-leases.contract.ts"

jobLeasesContract("memory", memoryAdapters)
jobLeasesContract("PostgreSQL", postgresAdapters)
