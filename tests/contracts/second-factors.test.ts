import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { secondFactorsContract } from "./second-factors.contract.ts"

secondFactorsContract("memory", memoryAdapters)
secondFactorsContract("PostgreSQL", postgresAdapters)
