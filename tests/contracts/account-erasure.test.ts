import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { accountErasureContract } from "./account-erasure.contract.ts"

accountErasureContract("memory", memoryAdapters)
accountErasureContract("PostgreSQL", postgresAdapters)
