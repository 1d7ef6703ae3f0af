import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { trackCoversContract } from "./track-covers.contract.ts"

trackCoversContract("memory", memoryAdapters)
trackCoversContract("PostgreSQL", postgresAdapters)
