import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { exportsContract } from "./exports.contract.ts"

exportsContract("memory", memoryAdapters)
exportsContract("PostgreSQL", postgresAdapters)
