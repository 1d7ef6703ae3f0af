import { Effect } from "effect"
import { type Eraser, inPages, type PersonalDataSection, type PersonalRow } from "../accounts/index.ts"
import { type PersonalShare, RoyaltyLedger } from "./ports.ts"

const shareRow = (share: PersonalShare): PersonalRow => ({
  earning_id: share.earningId,
  period: share.period,
  recording: share.recording,
  track_id: share.trackId,
  name: share.name,
  share_bps: share.shareBps,
  currency: share.currency,
  amount_minor: share.amountMinor.toString()
})

export const royaltySections = Effect.map(RoyaltyLedger, (ledger): ReadonlyArray<PersonalDataSection> => [
  {
    name: "royalties",
    about: "what fell to you of what recordings earned in stores, in minor units of its currency",
    columns: "earning_id period recording track_id name share_bps currency amount_minor".split(" "),
    rows: inPages(ledger.ofPerson, shareRow)
  }
])

/** What was earned stays, with the id that is nobody's by then; the name goes. */
export const royaltyEraser = Effect.map(RoyaltyLedger, (ledger): Eraser => ({
  atOnce: () => Effect.void,
  afterwards: () => Effect.void,
  finally: ledger.forgetNames
}))
