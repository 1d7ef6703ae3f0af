import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { subscriptionsContract } from "./subscriptions.contract.ts"

subscriptionsContract("memory", memoryAdapters)
subscriptionsContract("PostgreSQL", postgresAdapters)
