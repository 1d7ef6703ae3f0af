import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { unscannedTracksContract } from "./unscanned-tracks.contract.ts"

unscannedTracksContract("memory", memoryAdapters)
unscannedTracksContract("PostgreSQL", postgresAdapters)
