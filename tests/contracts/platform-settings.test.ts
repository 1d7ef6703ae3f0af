import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { platformSettingsContract } from "./platform-settings.contract.ts"

platformSettingsContract("memory", memoryAdapters)
platformSettingsContract("PostgreSQL", postgresAdapters)
