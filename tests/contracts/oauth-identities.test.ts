import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { oauthIdentitiesContract } from "./oauth-identities.contract.ts"

oauthIdentitiesContract("memory", memoryAdapters)
oauthIdentitiesContract("PostgreSQL", postgresAdapters)
