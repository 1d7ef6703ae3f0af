import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { principalsContract } from "./principals.contract.ts"

principalsContract("memory", memoryAdapters)
principalsContract("PostgreSQL", postgresAdapters)
