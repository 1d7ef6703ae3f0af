import { memoryAdapters } from "@veza/adapters/memory"
import { realAdapters } from "./royalties.samples.ts"
import { royaltyLedgerContract } from "./royalty-ledger.contract.ts"

royaltyLedgerContract("memory", memoryAdapters)
royaltyLedgerContract("PostgreSQL", realAdapters)
