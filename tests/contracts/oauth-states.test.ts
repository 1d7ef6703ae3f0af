import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { oauthStatesContract } from "./oauth-states.contract.ts"

oauthStatesContract("memory", memoryAdapters)
oauthStatesContract("PostgreSQL", postgresAdapters)
