import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { playSessionsContract } from "./play-sessions.contract.ts"

playSessionsContract("memory", memoryAdapters)
playSessionsContract("PostgreSQL", postgresAdapters)
