export { invoicePdf } from "./invoices/invoice-pdf.ts"
