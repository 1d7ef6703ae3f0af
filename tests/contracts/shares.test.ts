import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { sharesContract } from "./shares.contract.ts"

sharesContract("memory", memoryAdapters)
sharesContract("PostgreSQL", postgresAdapters)
