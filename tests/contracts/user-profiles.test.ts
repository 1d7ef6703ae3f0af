import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { userProfilesContract } from "./user-profiles.contract.ts"

userProfilesContract("memory", memoryAdapters)
userProfilesContract("PostgreSQL", postgresAdapters)
