import type { Effect } from "effect"
import * as Domain from "@veza/domain/royalties"
import type { RoyaltyImportView, RoyaltyView } from "../contract/royalties.ts"

export const recordingView = (recording: string) =>
  recording.startsWith(Domain.upcMark)
    ? { isrc: null, upc: recording.slice(Domain.upcMark.length) }
    : { isrc: recording, upc: null }

/** Rounded on its own, to be shown; what is paid was rounded once, with the statement. */
const minorOf = (amount: string, currency: string): number =>
  Number(Domain.roundAt(Domain.decimalOf(amount), Domain.minorDigits(currency)))

export const royaltyView = (royalty: Domain.Royalty): RoyaltyView => {
  const amount = Domain.shownAmount(royalty)
  return {
    id: royalty.id,
    import_id: royalty.importId,
    period: royalty.period,
    reported_in: royalty.reportedIn,
    is_late: Domain.isLate(royalty),
    platform: royalty.platform,
    territory: royalty.territory,
    ...recordingView(royalty.recording),
    track_id: royalty.trackId,
    title: royalty.title,
    quantity: royalty.quantity,
    line_count: royalty.lineCount,
    share_bps: royalty.shareBps,
    currency: royalty.currency,
    amount_exact: amount,
    amount_minor: minorOf(amount, royalty.currency)
  }
}

export const importView = (found: Effect.Success<ReturnType<typeof Domain.readImport>>): RoyaltyImportView => ({
  id: found.id,
  status: found.status,
  file_name: found.fileName,
  sha256: found.sha256,
  size_bytes: found.sizeBytes,
  bytes_read: found.bytesRead,
  rows_read: found.rowsRead,
  attempts: found.attempts,
  layout: found.layout,
  period: found.period,
  refusal: found.refusal,
  fault_count: found.faultCount,
  faults: found.faults,
  totals: found.totals.map(({ currency, amount, amountMinor }) => ({
    currency,
    amount_exact: amount,
    amount_minor: Number(amountMinor)
  })),
  unmatched: found.unmatched.isrcs + found.unmatched.upcs,
  unmatched_upcs: found.unmatched.upcs,
  requested_by: found.requestedBy,
  requested_at: found.requestedAt,
  finished_at: found.finishedAt
})

const exportColumns: ReadonlyArray<readonly [string, (view: RoyaltyView) => string]> = [
  ["id", ({ id }) => id],
  ["period", ({ period }) => period],
  ["reported_in", ({ reported_in: month }) => month],
  ["platform", ({ platform }) => Domain.csvCell(platform)],
  ["territory", ({ territory }) => territory],
  ["isrc", ({ isrc }) => isrc ?? ""],
  ["upc", ({ upc }) => upc ?? ""],
  ["track_id", ({ track_id: track }) => track ?? ""],
  ["title", ({ title }) => Domain.csvCell(title)],
  ["quantity", ({ quantity }) => String(quantity)],
  ["currency", ({ currency }) => currency],
  ["share_bps", ({ share_bps: share }) => String(share)],
  ["amount_exact", ({ amount_exact: amount }) => Domain.csvDecimal(amount)],
  ["amount_minor", ({ amount_minor: amount }) => String(amount)]
]
export const exportHeader = Domain.csvLine(exportColumns.map(([name]) => name))
export const exportLine = (royalty: Domain.Royalty): string => {
  const view = royaltyView(royalty)
  return Domain.csvLine(exportColumns.map(([, cell]) => cell(view)))
}
