import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { resumableUploadsContract } from "./resumable-uploads.contract.ts"

resumableUploadsContract("memory", memoryAdapters)
resumableUploadsContract("PostgreSQL", postgresAdapters)
