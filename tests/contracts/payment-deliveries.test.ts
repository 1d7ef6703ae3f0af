import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { paymentDeliveriesContract } from "./payment-deliveries.contract.ts"

paymentDeliveriesContract("memory", memoryAdapters)
paymentDeliveriesContract("PostgreSQL", postgresAdapters)
