import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { idempotencyKeysContract } from "./idempotency-keys.contract.ts"

idempotencyKeysContract("memory", memoryAdapters)
idempotencyKeysContract("PostgreSQL", postgresAdapters)
