import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { profileImagesContract } from "./profile-images.contract.ts"

profileImagesContract("memory", memoryAdapters)
profileImagesContract("PostgreSQL", postgresAdapters)
