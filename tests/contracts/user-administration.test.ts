import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { userAdministrationContract } from "./user-administration.contract.ts"

userAdministrationContract("memory", memoryAdapters)
userAdministrationContract("PostgreSQL", postgresAdapters)
