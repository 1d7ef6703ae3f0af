import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { renditionBuildsContract } from "./rendition-builds.contract.ts"

renditionBuildsContract("memory", memoryAdapters)
renditionBuildsContract("PostgreSQL", postgresAdapters)
