import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { statementFilesLocal, statementReader } from "@veza/adapters/statements"
import type { Users } from "@veza/domain/accounts"
import { Recordings } from "@veza/domain/distribution"
import {
  type Changes,
  cursorAfter,
  type Ids,
  type Outbox,
  planList,
  type Transaction,
  type UserId
} from "@veza/domain/kernel"
import {
  Period,
  type RecordingShares,
  requestImportHere,
  type Royalty,
  type RoyaltyFilter,
  type RoyaltyImports,
  RoyaltyLedger,
  royaltyList,
  type RoyaltyRates,
  RoyaltySettings,
  runImport,
  type StatementFiles,
  type StatementReader,
  type View
} from "@veza/domain/royalties"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { at, newTrackId } from "./samples.ts"

/** What royalties need of adapters, with what plays distribution's part. */
export type RoyaltyServices =
  | Changes
  | Ids
  | Outbox
  | Recordings
  | RecordingShares
  | RoyaltyImports
  | RoyaltyLedger
  | RoyaltyRates
  | StatementFiles
  | StatementReader
  | Transaction
  | Users

const header =
  "Sales Period,Store Name,Country Of Sale,Artist,Song Title,UPC,Optional ISRC,# Units Sold,Total Earned,Currency"
export interface Sale {
  readonly month: string
  readonly store: string
  readonly country: string
  readonly isrc: string
  readonly units: number
  readonly amount: string
  readonly currency: string
}
export const sale = (isrc: string, amount: string, more: Partial<Sale> = {}): Sale => ({
  month: "2025-11",
  store: "Spotify",
  country: "US",
  isrc,
  units: 1,
  amount,
  currency: "USD",
  ...more
})
export const lineOf = ({ month, store, country, isrc, units, amount, currency }: Sale): string =>
  `${month},${store},${country},Mara,"=The, song",,${isrc},${units},${amount},${currency}`
export const statement = (sales: ReadonlyArray<Sale>): string => [header, ...sales.map(lineOf)].join("\n")

let codes = 0
/** An ISRC that no other test has. */
export const newIsrc = (): string => `QZCON26${String(++codes).padStart(5, "0")}`

const settings = Effect.provideService(RoyaltySettings, { maxStatementSize: 10_000_000 })
export const send = (text: string) =>
  settings(requestImportHere("statement.csv", Stream.make<ReadonlyArray<Uint8Array>>(Buffer.from(text))))

/** Imports sales; answers the import. */
export const importSales = Effect.fnUntraced(function* (sales: ReadonlyArray<Sale>) {
  const { id } = yield* send(statement(sales))
  const report = yield* runImport(id)
  assert.strictEqual(report?.outcome, "imported")
  return id
})

export const sharesAs = (shares: ReadonlyArray<readonly [UserId | null, number]>) =>
  shares.map(([userId, share_bps], position) => ({
    name: `Share ${position}`,
    share_bps,
    ...(userId === null ? {} : { user_id: userId })
  }))

/** Plays distribution's part: makes a recording known, which a store sells. */
export const addRecording = Effect.fnUntraced(function* (
  isrc: string,
  ownerId: UserId,
  shares: ReadonlyArray<readonly [UserId | null, number]> = [],
  isSold = true
) {
  const recordings = yield* Recordings
  const trackId = yield* newTrackId
  yield* recordings.claim({ trackId, ownerId, isrc, title: "A song", assigned: false, createdAt: at(0) })
  yield* recordings.setShares(trackId, sharesAs(shares))
  if (isSold) yield* recordings.markSold([trackId], at(1))
  return trackId
})

export const tracksOf = (userId: UserId): View => ({ of: "tracks", userId })
export const sharesOf = (userId: UserId): View => ({ of: "shares", userId })

export const listAll = Effect.fnUntraced(function* (view: View, filter: RoyaltyFilter = {}, limit = 100) {
  const ledger = yield* RoyaltyLedger
  const found: Array<Royalty> = []
  let cursor = ""
  for (;;) {
    const plan = yield* Effect.orDie(planList(royaltyList, { cursor, limit }, filter))
    const page = yield* ledger.list(view, filter, plan)
    found.push(...page.items)
    if (page.next === undefined) return found
    cursor = cursorAfter(royaltyList, plan, filter, page.next)
  }
})

export const period = Period.make("2025-11")

const localFiles = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "veza-statements-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true }))
    ),
    statementFilesLocal
  )
)

/** Real files and rows. */
export const realAdapters = postgresAdapters.pipe(Layer.provideMerge(Layer.merge(localFiles, statementReader)))
