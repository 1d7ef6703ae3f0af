import { DateTime, Effect } from "effect"
import { split, Transaction } from "../kernel/index.ts"
import { type Recording, RecordingShares, RoyaltyLedger, type Settlement } from "./ports.ts"
import type { Earning, Split } from "./royalty.ts"
import type { ImportId } from "./statement.ts"

/** Recordings looked up at a time. */
const pageSize = 500
/** Earnings settled at a time: each is shown in as many rows as it has platforms and territories, to all who share. */
const settledAtOnce = 50

/** Where nobody shares in a recording all of it is its owner's. */
const sharesOf = ({ shares, ownerId }: Recording): Recording["shares"] =>
  shares.length > 0 ? shares : [{ position: 0, name: "Owner", userId: ownerId, shareBps: 10_000 }]

/** Splits an earning by the shares of its recording, to the last minor unit (largest remainder). */
export const settlementOf = (earning: Earning, recording: Recording): Settlement => {
  const shares = sharesOf(recording)
  const parts = split(
    Number(earning.amountMinor),
    shares.map(({ shareBps }) => shareBps)
  )
  if (parts === undefined) throw new Error(`the earning ${earning.id} cannot be split`)
  const splits = shares.map((share, index): Split => ({ ...share, amountMinor: BigInt(parts[index] ?? 0) }))
  return { earningId: earning.id, trackId: recording.trackId, ownerId: recording.ownerId, splits }
}

const settlePage = Effect.fnUntraced(function* (known: ReadonlyMap<string, Recording>) {
  const ledger = yield* RoyaltyLedger
  const earnings = yield* ledger.unsettled([...known.keys()], settledAtOnce)
  const settlements = earnings.flatMap((earning) => {
    const recording = known.get(earning.recording)
    return recording === undefined ? [] : [settlementOf(earning, recording)]
  })
  return yield* ledger.settle(settlements, yield* DateTime.now)
})

/**
 * Finds the tracks of recordings that had none: after an import those of that import, otherwise the whole queue. Each
 * page is a transaction of its own; harmless to repeat and to run twice at once. Answers how many earnings it settled.
 */
export const matchRecordings = Effect.fn("royalties.matchRecordings")(function* (only?: ImportId) {
  const ledger = yield* RoyaltyLedger
  const recordings = yield* RecordingShares
  const { atomically } = yield* Transaction
  let settled = 0
  let codes = yield* ledger.unmatched(only, undefined, pageSize)
  while (codes.length > 0) {
    const known = new Map((yield* recordings.byIsrc(codes)).map((recording) => [recording.isrc, recording]))
    // Until none is left: of a page, somebody else may have settled some meanwhile.
    let count = known.size
    while (count > 0) settled += count = yield* atomically(settlePage(known))
    codes = yield* ledger.unmatched(only, codes.at(-1), pageSize)
  }
  return settled
})
