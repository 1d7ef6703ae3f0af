import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { playsContract } from "./plays.contract.ts"

playsContract("memory", memoryAdapters)
playsContract("PostgreSQL", postgresAdapters)
