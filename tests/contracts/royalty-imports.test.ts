import { memoryAdapters } from "@veza/adapters/memory"
import { realAdapters } from "./royalties.samples.ts"
import { royaltyImportsContract } from "./royalty-imports.contract.ts"

royaltyImportsContract("memory", memoryAdapters)
royaltyImportsContract("PostgreSQL", realAdapters)
