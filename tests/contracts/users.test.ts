import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { usersContract } from "./users.contract.ts"

usersContract("memory", memoryAdapters)
usersContract("PostgreSQL", postgresAdapters)
