import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { likesContract } from "./likes.contract.ts"

likesContract("memory", memoryAdapters)
likesContract("PostgreSQL", postgresAdapters)
