import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { loginChallengesContract } from "./login-challenges.contract.ts"

loginChallengesContract("memory", memoryAdapters)
loginChallengesContract("PostgreSQL", postgresAdapters)
