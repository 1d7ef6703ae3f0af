import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { mailTokensContract } from "./mail-tokens.contract.ts"

mailTokensContract("memory", memoryAdapters)
mailTokensContract("PostgreSQL", postgresAdapters)
