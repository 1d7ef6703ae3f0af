import PDFDocument from "pdfkit"
import { DateTime, Effect, Layer } from "effect"
import {
  type Billed,
  BillingSettings,
  formatAmount,
  type Invoice,
  InvoiceDocuments,
  type InvoiceStatus
} from "@veza/domain/subscriptions"
import { fontNames, type Fonts, isPrintable, loadFonts, printable } from "./fonts.ts"

/** Points, from the left edge of an A4 page, which is 595 wide and 842 high. */
const left = 56
const right = 539
const width = right - left
const grey = "#667085"
const black = "#101828"
const rule = "#d0d5dd"

const day = (at: DateTime.Utc): string => DateTime.formatIsoDateUtc(at)
const percent = (bps: number): string => `${(bps / 100).toFixed(bps % 100 === 0 ? 0 : 2)} %`

const standing: Record<InvoiceStatus, string> = {
  draft: "Draft",
  open: "To be paid",
  paid: "Paid",
  failed: "Payment failed",
  void: "Void: nothing is owed"
}

/** Writes on the one page, with the fonts at hand. */
interface Pen {
  readonly page: PDFKit.PDFDocument
  readonly fonts: Fonts
}
type Options = PDFKit.Mixins.TextOptions

const write =
  (font: keyof Fonts, size: number, color: string) =>
  ({ page, fonts }: Pen, text: string, x: number, y: number, options: Options = {}) =>
    page.font(font).fontSize(size).fillColor(color).text(printable(fonts[font], text), x, y, options)
const title = write("bold", 22, black)
const label = write("regular", 9, grey)
const value = write("regular", 10, black)
const strong = write("bold", 10, black)
const line = ({ page }: Pen, y: number) =>
  page.moveTo(left, y).lineTo(right, y).lineWidth(0.7).strokeColor(rule).stroke()

/** Who and whom; answers where the lines may begin, for an issuer may have many lines, and long ones. */
const head = (pen: Pen, invoice: Invoice, billed: Billed, issuer: ReadonlyArray<string>): number => {
  title(pen, "Invoice", left, 56)
  const column = { width: 200, align: "right" } as const
  strong(pen, issuer[0] ?? "", right - 200, 60, column)
  for (const text of issuer.slice(1, 12)) label(pen, text, right - 200, pen.page.y + 2, column)
  const top = Math.max(180, pen.page.y + 20)

  const facts = [
    ["Number", invoice.number],
    ["Issued", day(invoice.issuedAt)],
    ["Status", invoice.paidAt === null ? standing[invoice.status] : `${standing.paid} on ${day(invoice.paidAt)}`],
    ...(invoice.refundedAt === null ? [] : [["Given back", day(invoice.refundedAt)] as const])
  ] as const
  facts.forEach(([name, text], n) => {
    label(pen, name, left, top + 16 * n)
    value(pen, text, left + 70, top - 1 + 16 * n)
  })
  label(pen, "Billed to", right - 200, top)
  const name = isPrintable(pen.fonts.regular, billed.name) ? billed.name : billed.username
  value(pen, name, right - 200, top + 15, { width: 200, height: 14, ellipsis: true })
  value(pen, billed.email, right - 200, top + 31, { width: 200, height: 14, ellipsis: true })
  return top + 90
}

const amountColumn = { x: right - 110, width: 110 } as const

const lines = (pen: Pen, invoice: Invoice, top: number): number => {
  label(pen, "Description", left, top)
  label(pen, "Period", left + 240, top)
  label(pen, "Amount", amountColumn.x, top, { width: amountColumn.width, align: "right" })
  line(pen, top + 16)
  let y = top + 26
  for (const { description, period_start, period_end, amount_minor } of invoice.lines) {
    value(pen, description, left, y, { width: 230 })
    const bottom = pen.page.y
    value(pen, `${day(period_start)} – ${day(period_end)}`, left + 240, y)
    const amount = formatAmount(amount_minor, invoice.currency)
    value(pen, amount, amountColumn.x, y, { width: amountColumn.width, align: "right" })
    y = Math.max(bottom, pen.page.y) + 8
  }
  line(pen, y)
  return y + 12
}

const totals = (pen: Pen, invoice: Invoice, from: number): void => {
  const amountOf = (minor: number) => formatAmount(minor, invoice.currency)
  const rows = [
    ["Subtotal", amountOf(invoice.subtotalMinor)],
    [`Tax (${percent(invoice.taxRateBps)})`, amountOf(invoice.taxMinor)]
  ] as const
  const right110 = { width: amountColumn.width, align: "right" } as const
  rows.forEach(([name, text], n) => {
    label(pen, name, left + 240, from + 1 + 18 * n)
    value(pen, text, amountColumn.x, from + 18 * n, right110)
  })
  const y = from + 18 * rows.length + 4
  strong(pen, "Total", left + 240, y)
  strong(pen, amountOf(invoice.totalMinor), amountColumn.x, y, right110)
}

const draw = (pen: Pen, invoice: Invoice, billed: Billed, issuer: ReadonlyArray<string>): void => {
  const top = head(pen, invoice, billed, issuer)
  totals(pen, invoice, lines(pen, invoice, top))
  const plan = `Subscription ${invoice.subscriptionId}. Periods begin and end at ${DateTime.formatIso(invoice.periodStart).slice(11, 16)} UTC.`
  label(pen, plan, left, 770, { width, align: "center" })
}

/** Invoices as one page of A4, by pdfkit. */
export const invoicePdf = Layer.effect(
  InvoiceDocuments,
  Effect.gen(function* () {
    const { issuer } = yield* BillingSettings
    // Read by the first document: most processes make none.
    const fonts = yield* Effect.cached(loadFonts)
    const made = (given: Fonts, invoice: Invoice, billed: Billed) =>
      Effect.callback<Uint8Array>((resume) => {
        const page = new PDFDocument({
          size: "A4",
          margin: 0,
          info: {
            Title: `Invoice ${invoice.number}`,
            Author: issuer[0] ?? "Veza",
            CreationDate: DateTime.toDate(invoice.issuedAt)
          }
        })
        const chunks: Array<Buffer> = []
        page.on("data", (chunk: Buffer) => chunks.push(chunk))
        page.on("end", () => resume(Effect.succeed(new Uint8Array(Buffer.concat(chunks)))))
        for (const name of fontNames) page.registerFont(name, given[name].file)
        draw({ page, fonts: given }, invoice, billed, issuer)
        page.end()
      })
    return InvoiceDocuments.of({
      pdf: (invoice, billed) => Effect.flatMap(fonts, (given) => made(given, invoice, billed))
    })
  })
)
