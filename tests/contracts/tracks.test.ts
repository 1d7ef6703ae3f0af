import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { tracksContract } from "./tracks.contract.ts"

tracksContract("memory", memoryAdapters)
tracksContract("PostgreSQL", postgresAdapters)
