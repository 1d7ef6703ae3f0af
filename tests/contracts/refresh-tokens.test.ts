import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { refreshTokensContract } from "./refresh-tokens.contract.ts"

refreshTokensContract("memory", memoryAdapters)
refreshTokensContract("PostgreSQL", postgresAdapters)
