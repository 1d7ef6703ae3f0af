import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { imageNotesContract } from "./image-notes.contract.ts"

imageNotesContract("memory", memoryAdapters)
imageNotesContract("PostgreSQL", postgresAdapters)
