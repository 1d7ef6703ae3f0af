import { DateTime, Effect } from "effect"
import { Transaction } from "../kernel/index.ts"
import { minorDigits } from "./currency.ts"
import { compare, type Decimal, decimalOf, shareOf, sum, zero } from "./decimal.ts"
import { type Recording, RecordingShares, RoyaltyLedger, type Settlement } from "./ports.ts"
import type { Earning, Split } from "./royalty.ts"
import type { ImportId } from "./statement.ts"

/** Recordings looked up at a time. */
const pageSize = 500
/** Earnings settled at a time: each is shown in as many rows as it has platforms and territories, to all who share. */
const settledAtOnce = 20

/** Where nobody shares in a recording all of it is its owner's. */
const sharesOf = ({ shares, ownerId }: Recording): Recording["shares"] =>
  shares.length > 0 ? shares : [{ position: 0, name: "Owner", userId: ownerId, shareBps: 10_000 }]

/** What rounding has kept from people so far, exactly; negative where it gave them more. By currency and person. */
type Owed = Map<string, Decimal>
const keyOf = ({ currency }: Earning, { userId, name }: Pick<Split, "userId" | "name">): string =>
  `${currency} ${userId ?? name}`

/** What somebody is owed when they get that much of an earning. */
const stillOwed = (earning: Earning, split: Split, before: Decimal | undefined): Decimal => {
  const paid = { units: -split.amountMinor, scale: minorDigits(earning.currency) }
  return sum([before ?? zero, shareOf(decimalOf(earning.amount), split.shareBps), paid])
}

const floorOf = (amount: bigint, whole: bigint): bigint => amount / whole - (amount % whole < 0n ? 1n : 0n)

/**
 * Splits an earning by the shares of its recording, to the last minor unit: everybody's part is rounded down, and the
 * units that are then missing go to whom rounding owes most, earlier earnings included. Otherwise who has the smaller
 * part of many small earnings would get nothing of any. Notes in `owed` what came of it.
 */
export const settlementOf = (earning: Earning, recording: Recording, owed: Owed = new Map()): Settlement => {
  const shares = sharesOf(recording)
  const whole = BigInt(shares.reduce((total, { shareBps }) => total + shareBps, 0))
  const parts = shares.map((share): Split => ({
    ...share,
    amountMinor: floorOf(earning.amountMinor * BigInt(share.shareBps), whole)
  }))
  const left = Number(earning.amountMinor - parts.reduce((total, { amountMinor }) => total + amountMinor, 0n))
  const lucky = new Set(
    parts
      .map((part) => ({ part, rest: stillOwed(earning, part, owed.get(keyOf(earning, part))) }))
      .toSorted((a, b) => compare(b.rest, a.rest))
      .slice(0, left)
      .map(({ part }) => part)
  )
  const splits = parts.map((part) => (lucky.has(part) ? { ...part, amountMinor: part.amountMinor + 1n } : part))
  for (const split of splits) {
    const key = keyOf(earning, split)
    owed.set(key, stillOwed(earning, split, owed.get(key)))
  }
  return { earningId: earning.id, trackId: recording.trackId, ownerId: recording.ownerId, splits }
}

const settlePage = Effect.fnUntraced(function* (known: ReadonlyMap<string, Recording>, before: Owed) {
  const ledger = yield* RoyaltyLedger
  const earnings = yield* ledger.unsettled([...known.keys()], settledAtOnce)
  const owed = new Map(before)
  const settlements = earnings.flatMap((earning) => {
    const recording = known.get(earning.recording)
    return recording === undefined ? [] : [settlementOf(earning, recording, owed)]
  })
  return { count: yield* ledger.settle(settlements, yield* DateTime.now), owed }
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
  let owed: Owed = new Map()
  let codes = yield* ledger.unmatched(only, undefined, pageSize)
  while (codes.length > 0) {
    const known = new Map((yield* recordings.byIsrc(codes)).map((recording) => [recording.isrc, recording]))
    // Until none is left: of a page, somebody else may have settled some meanwhile.
    for (let isMore = known.size > 0; isMore;) {
      const page = yield* atomically(settlePage(known, owed))
      owed = page.owed
      settled += page.count
      isMore = page.count > 0
    }
    codes = yield* ledger.unmatched(only, codes.at(-1), pageSize)
  }
  return settled
})
