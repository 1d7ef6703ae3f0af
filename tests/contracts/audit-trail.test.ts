import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { auditTrailContract } from "./audit-trail.contract.ts"

auditTrailContract("memory", memoryAdapters)
auditTrailContract("PostgreSQL", postgresAdapters)
