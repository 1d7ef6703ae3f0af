import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { trackPlacesContract } from "./track-places.contract.ts"

trackPlacesContract("memory", memoryAdapters)
trackPlacesContract("PostgreSQL", postgresAdapters)
