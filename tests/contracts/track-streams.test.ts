import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { trackStreamsContract } from "./track-streams.contract.ts"

trackStreamsContract("memory", memoryAdapters)
trackStreamsContract("PostgreSQL", postgresAdapters)
