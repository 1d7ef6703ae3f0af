import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { playStatisticsContract } from "./play-statistics.contract.ts"

playStatisticsContract("memory", memoryAdapters)
playStatisticsContract("PostgreSQL", postgresAdapters)
