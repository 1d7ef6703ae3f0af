import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { trackSuggestionsContract } from "./track-suggestions.contract.ts"

trackSuggestionsContract("memory", memoryAdapters)
trackSuggestionsContract("PostgreSQL", postgresAdapters)
