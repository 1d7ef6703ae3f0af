import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { mandatesContract } from "./mandates.contract.ts"

mandatesContract("memory", memoryAdapters)
mandatesContract("PostgreSQL", postgresAdapters)
