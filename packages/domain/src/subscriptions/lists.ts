import type { ListSpec } from "../kernel/index.ts"
import type { HistorySort, InvoiceSort } from "./ports.ts"

export const historyList: ListSpec<HistorySort> = {
  name: "subscription_history",
  sorts: { created_at: "time" },
  fallback: "created_at"
}

export const invoiceList: ListSpec<InvoiceSort> = {
  name: "invoices",
  sorts: { created_at: "time" },
  fallback: "created_at"
}
