import { assert, layer } from "@effect/vitest"
import { DateTime, Deferred, Effect, type Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import type { Users } from "@veza/domain/accounts"
import { Recordings } from "@veza/domain/distribution"
import { type Changes, cursorAfter, Ids, type Outbox, planList, Transaction, type UserId } from "@veza/domain/kernel"
import {
  type ClaimedImport,
  decimalOf,
  type Dimension,
  dimensions,
  ImportId,
  isLate,
  matchRecordings,
  minorDigits,
  Period,
  readImportHere,
  type RecordingShares,
  requestImportHere,
  type Royalty,
  roundAt,
  roundInTurn,
  type RoyaltyFilter,
  RoyaltyImports,
  RoyaltyLedger,
  royaltyList,
  RoyaltyRates,
  RoyaltySettings,
  runImport,
  shownAmount,
  StatementFiles,
  type StatementReader,
  sum,
  sweepStatements,
  toText,
  totalsOf,
  type View
} from "@veza/domain/royalties"
import { addUser, at, newTrackId } from "./samples.ts"

type Needed =
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
interface Sale {
  readonly month: string
  readonly store: string
  readonly country: string
  readonly isrc: string
  readonly units: number
  readonly amount: string
  readonly currency: string
}
const sale = (isrc: string, amount: string, more: Partial<Sale> = {}): Sale => ({
  month: "2025-11",
  store: "Spotify",
  country: "US",
  isrc,
  units: 1,
  amount,
  currency: "USD",
  ...more
})
const lineOf = ({ month, store, country, isrc, units, amount, currency }: Sale): string =>
  `${month},${store},${country},Mara,"=The, song",,${isrc},${units},${amount},${currency}`
const statement = (sales: ReadonlyArray<Sale>): string => [header, ...sales.map(lineOf)].join("\n")

let codes = 0
/** An ISRC that no other test has. */
const newIsrc = (): string => `QZCON26${String(++codes).padStart(5, "0")}`

const settings = Effect.provideService(RoyaltySettings, { maxStatementSize: 10_000_000 })
const send = (text: string) =>
  settings(requestImportHere("statement.csv", Stream.make<ReadonlyArray<Uint8Array>>(Buffer.from(text))))

/** Imports sales; answers the import. */
const importSales = Effect.fnUntraced(function* (sales: ReadonlyArray<Sale>) {
  const { id } = yield* send(statement(sales))
  const report = yield* runImport(id)
  assert.strictEqual(report?.outcome, "imported")
  return id
})

const sharesAs = (shares: ReadonlyArray<readonly [UserId | null, number]>) =>
  shares.map(([userId, share_bps], position) => ({
    name: `Share ${position}`,
    share_bps,
    ...(userId === null ? {} : { user_id: userId })
  }))

/** Plays distribution's part: makes a recording known, which a store sells. */
const addRecording = Effect.fnUntraced(function* (
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

const tracksOf = (userId: UserId): View => ({ of: "tracks", userId })
const sharesOf = (userId: UserId): View => ({ of: "shares", userId })

const listAll = Effect.fnUntraced(function* (view: View, filter: RoyaltyFilter = {}, limit = 100) {
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

const claimOnce = Effect.fnUntraced(function* (id: ImportId, seconds: number) {
  const claimed = yield* (yield* RoyaltyImports).claim(id, at(seconds), at(seconds + 30))
  return Option.getOrUndefined(claimed)
})

const period = Period.make("2025-11")

export const royaltiesContract = (name: string, adapter: Layer.Layer<Needed, unknown>) =>
  layer(adapter, { timeout: "60 seconds", excludeTestServices: true })(`Royalties: ${name}`, (it) => {
    it.effect("imports a file once, however often and at once it is sent", () =>
      Effect.gen(function* () {
        const text = statement([sale(newIsrc(), "1.5")])
        const sent = yield* Effect.all(
          Array.from({ length: 5 }, () => send(text)),
          { concurrency: "unbounded" }
        )
        const ids = new Set(sent.map(({ id }) => id))
        assert.strictEqual(ids.size, 1)
        assert.strictEqual(sent.filter(({ isRepeated }) => !isRepeated).length, 1)
        const [id] = [...ids]
        if (id === undefined) return
        assert.strictEqual((yield* runImport(id))?.outcome, "imported")
        assert.deepStrictEqual(yield* send(text), { id, isRepeated: true })
        assert.isUndefined(yield* runImport(id))
        const told = yield* readImportHere(id)
        assert.deepInclude(told, { status: "imported", layout: "tunecore", rowsRead: 1, period })
        assert.deepStrictEqual(told.unmatched, { isrcs: 1, upcs: 0 })
        assert.deepStrictEqual(told.totals, [{ currency: "USD", amount: "1.5", amountMinor: 150n }])
        assert.strictEqual(told.bytesRead, told.sizeBytes)
        assert.isTrue(Option.isNone(yield* (yield* StatementFiles).open(id)))
      })
    )

    it.effect("answers an import that there is, though the one before is being refused meanwhile", () =>
      Effect.gen(function* () {
        const imports = yield* RoyaltyImports
        const text = statement([sale(newIsrc(), "1")])
        const known = Effect.gen(function* () {
          const { id } = yield* send(text)
          assert.isTrue(Option.isSome(yield* imports.byId(id)))
          const claimed = Option.getOrUndefined(yield* imports.claim(id, at(0), at(30)))
          if (claimed !== undefined) yield* imports.fail(claimed, at(1))
        })
        yield* Effect.all(
          Array.from({ length: 4 }, () => Effect.repeat(known, { times: 40 })),
          { concurrency: "unbounded" }
        )
      })
    )

    it.effect("keeps nothing of a file with a fault, tells where it is, and takes the file again", () =>
      Effect.gen(function* () {
        const isrc = newIsrc()
        const text = statement([sale(isrc, "1"), sale(isrc, "nothing"), sale(isrc, "2", { country: "??" })])
        const { id } = yield* send(text)
        assert.deepInclude(yield* runImport(id), { outcome: "refused", faults: 2 })
        const told = yield* readImportHere(id)
        assert.deepInclude(told, { status: "refused", refusal: "LINES_FAULTY", faultCount: 2, totals: [] })
        assert.deepStrictEqual(told.faults, [
          { line: 3, column: "Total Earned", code: "NUMBER_MALFORMED", value: "nothing" },
          { line: 4, column: "Country Of Sale", code: "TERRITORY_UNKNOWN", value: "??" }
        ])
        assert.notInclude(yield* (yield* RoyaltyLedger).unmatched(undefined, undefined, 1000), isrc)
        const again = yield* send(text)
        assert.isFalse(again.isRepeated)
        assert.notStrictEqual(again.id, id)
      })
    )

    it.effect("belongs to one attempt at a time, whose successor begins anew", () =>
      Effect.gen(function* () {
        const imports = yield* RoyaltyImports
        const { id } = yield* send(statement([sale(newIsrc(), "1")]))
        const first = yield* claimOnce(id, 0)
        assert.deepInclude(first, { id, attempts: 1 })
        assert.isUndefined(yield* claimOnce(id, 29))
        const second = yield* claimOnce(id, 31)
        assert.deepInclude(second, { id, attempts: 2 })
        if (first === undefined || second === undefined) return
        const progress = { bytesRead: 5, rowsRead: 1 }
        assert.isFalse(yield* imports.hold(first, at(90), progress))
        assert.isTrue(yield* imports.hold(second, at(90), progress))
        assert.deepInclude(yield* readImportHere(id), { status: "processing", bytesRead: 5, rowsRead: 1 })
        const made = { layout: "tunecore", rowsRead: 1, at: at(40) }
        const { atomically } = yield* Transaction
        const finish = (claimed: ClaimedImport) => atomically(imports.finish(claimed, made))
        assert.isFalse(yield* imports.fail(first, at(40)))
        assert.isUndefined(yield* claimOnce(id, 89))
        yield* imports.release(second)
        const third = yield* claimOnce(id, 41)
        assert.deepInclude(third, { attempts: 3 })
        if (third === undefined) return
        const lost = yield* Effect.exit(
          Effect.flatMap(finish(second), (done) => (done ? Effect.void : Effect.fail("lost")))
        )
        assert.strictEqual(lost._tag, "Failure")
        assert.isTrue(yield* finish(third))
        assert.isFalse(yield* finish(third))
        assert.deepStrictEqual(yield* imports.waiting([id]), new Set())
      })
    )

    it.effect("is given up without its file, and after too many attempts", () =>
      Effect.gen(function* () {
        const lost = yield* send(statement([sale(newIsrc(), "1")]))
        yield* (yield* StatementFiles).remove(lost.id)
        assert.deepInclude(yield* runImport(lost.id), { outcome: "failed" })
        const killed = yield* send(statement([sale(newIsrc(), "1")]))
        for (const attempt of [0, 1, 2, 3, 4]) yield* claimOnce(killed.id, -1_000_000 + attempt * 31)
        assert.deepInclude(yield* runImport(killed.id), { outcome: "failed" })
        assert.strictEqual((yield* readImportHere(killed.id)).status, "failed")
      })
    )

    it.effect("tells other processes what came while nothing of it is seen before its end", () =>
      Effect.gen(function* () {
        const imports = yield* RoyaltyImports
        const isrc = newIsrc()
        const { id } = yield* send(statement([sale(isrc, "1")]))
        const { atomically } = yield* Transaction
        const written = yield* Deferred.make<void>()
        const claimed = yield* claimOnce(id, 0)
        if (claimed === undefined) return assert.fail("not claimed")
        const line = {
          line: 2,
          period,
          platform: "spotify",
          territory: "US",
          recording: isrc,
          title: "x",
          artist: "y",
          quantity: 1,
          currency: "USD",
          amount: decimalOf("1"),
          statedCurrency: null,
          statedRate: null
        }
        yield* Effect.exit(
          atomically(
            Effect.gen(function* () {
              yield* imports.write(id, [line])
              yield* imports.finish(claimed, { layout: "tunecore", rowsRead: 1, at: at(1) })
              yield* Deferred.succeed(written, undefined)
              return yield* Effect.fail("killed")
            })
          )
        )
        yield* Deferred.await(written)
        assert.strictEqual((yield* readImportHere(id)).status, "processing")
        assert.notInclude(yield* (yield* RoyaltyLedger).unmatched(undefined, undefined, 1000), isrc)
        yield* imports.release(claimed)
        assert.strictEqual((yield* runImport(id))?.outcome, "imported")
      })
    )

    it.effect("rounds earnings once, to the sum of the statement, in any order of its lines", () =>
      Effect.gen(function* () {
        const isrcs = [newIsrc(), newIsrc(), newIsrc()]
        const amounts = fc.tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: 0, max: 12 }))
        const sales = fc.sample(
          fc.record({
            isrc: fc.constantFrom(...isrcs),
            month: fc.constantFrom("2025-09", "2025-10", "2025-11"),
            store: fc.constantFrom("Spotify", "Deezer", "iTunes"),
            country: fc.constantFrom("US", "DE", "JP"),
            units: fc.integer({ min: -5, max: 50 }),
            currency: fc.constantFrom("USD", "JPY", "KWD"),
            amount: amounts.map(([units, scale]) => toText({ units: BigInt(units), scale }))
          }),
          { numRuns: 300, seed: 7 }
        )
        const forwards = yield* importSales(sales)
        const backwards = yield* importSales(sales.toReversed())
        const [one, other] = [yield* readImportHere(forwards), yield* readImportHere(backwards)]
        assert.deepStrictEqual(one.totals, other.totals)
        for (const { currency, amount, amountMinor } of one.totals) {
          const exact = sum(sales.filter((made) => made.currency === currency).map((made) => decimalOf(made.amount)))
          assert.strictEqual(amount, toText(exact))
          assert.strictEqual(amountMinor, roundAt(exact, minorDigits(currency)))
        }
        const ledger = yield* RoyaltyLedger
        const earnings = (yield* ledger.unsettled(isrcs, 1000)).filter(({ importId }) => importId === forwards)
        for (const currency of ["USD", "JPY", "KWD"]) {
          const alike = earnings
            .filter((earning) => earning.currency === currency)
            .toSorted((a, b) => (a.recording + a.period < b.recording + b.period ? -1 : 1))
          const expected = roundInTurn(
            alike.map(({ amount }) => decimalOf(amount)),
            minorDigits(currency)
          )
          assert.deepStrictEqual(
            alike.map(({ amountMinor }) => amountMinor),
            expected
          )
        }
      })
    )

    it.effect("shows an owner the whole, who shares their part, and others nothing", () =>
      Effect.gen(function* () {
        const [owner, singer, stranger] = [yield* addUser(), yield* addUser(), yield* addUser()]
        const isrc = newIsrc()
        const track = yield* addRecording(isrc, owner.id, [
          [owner.id, 5000],
          [singer.id, 2500],
          [null, 1500],
          [singer.id, 1000]
        ])
        const id = yield* importSales([
          sale(isrc, "0.007", { units: 2 }),
          sale(isrc, "10.003"),
          sale(isrc, "-0.01", { units: -1, country: "DE" }),
          sale(isrc, "3", { month: "2025-09", store: "Deezer" })
        ])
        assert.deepStrictEqual((yield* readImportHere(id)).unmatched, { isrcs: 0, upcs: 0 })
        const mine = yield* listAll(tracksOf(owner.id))
        assert.deepStrictEqual(
          mine
            .map((row) => [
              row.period,
              row.platform,
              row.territory,
              row.quantity,
              row.lineCount,
              row.amount,
              row.trackId
            ])
            .toSorted(),
          [
            ["2025-09", "deezer", "US", 1, 1, "3", track],
            ["2025-11", "spotify", "DE", -1, 1, "-0.01", track],
            ["2025-11", "spotify", "US", 3, 2, "10.01", track]
          ]
        )
        assert.deepStrictEqual(
          mine.map(({ period: month }) => month),
          ["2025-11", "2025-11", "2025-09"]
        )
        assert.deepStrictEqual(
          mine.filter(isLate).map(({ period: month }) => month),
          ["2025-09"]
        )
        const theirs = yield* listAll(sharesOf(singer.id))
        assert.deepStrictEqual(theirs.map(shownAmount).toSorted(), ["-0.0035", "1.05", "3.5035"])
        assert.strictEqual((yield* listAll(sharesOf(owner.id))).length, 3)
        assert.deepStrictEqual(yield* listAll(tracksOf(singer.id)), [])
        for (const view of [tracksOf(stranger.id), sharesOf(stranger.id)]) {
          assert.deepStrictEqual(yield* listAll(view), [])
          const first = mine[0]
          if (first !== undefined) {
            assert.isTrue(Option.isNone(yield* (yield* RoyaltyLedger).byId(view, first.id)))
          }
        }
        const ledger = yield* RoyaltyLedger
        const whole = yield* ledger.payable(tracksOf(owner.id), {})
        assert.deepStrictEqual(whole, [{ currency: "USD", amountMinor: 1300n }])
        const parts = [yield* ledger.payable(sharesOf(owner.id), {}), yield* ledger.payable(sharesOf(singer.id), {})]
        assert.deepStrictEqual(parts, [
          [{ currency: "USD", amountMinor: 650n }],
          [{ currency: "USD", amountMinor: 455n }]
        ])
        for (const row of mine) {
          const lines = yield* ledger.lines(row, undefined, 10)
          assert.strictEqual(toText(sum(lines.map(({ amount }) => amount))), row.amount)
          assert.deepStrictEqual(yield* ledger.lines(row, lines[0]?.line, 10), lines.slice(1))
          assert.strictEqual(lines[0]?.title, "=The, song")
        }
        const earnings = new Set(mine.map(({ earningId }) => earningId))
        for (const earningId of earnings) {
          const earning = Option.getOrThrow(yield* ledger.earning(earningId))
          const splits = yield* ledger.splits(earningId)
          assert.strictEqual(
            splits.reduce((total, split) => total + split.amountMinor, 0n),
            earning.amountMinor
          )
          assert.deepStrictEqual(
            splits.map(({ shareBps }) => shareBps),
            [5000, 2500, 1500, 1000]
          )
        }
        const own = yield* ledger.ofPerson(singer.id, undefined, 10)
        assert.strictEqual(own.length, 4)
        assert.deepStrictEqual(yield* ledger.ofPerson(singer.id, own[1], 10), own.slice(2))
        yield* ledger.forgetNames(singer.id)
        assert.deepStrictEqual(
          (yield* ledger.ofPerson(singer.id, undefined, 10)).map((share) => [share.name, share.amountMinor]),
          own.map((share) => ["", share.amountMinor])
        )
        assert.strictEqual((yield* ledger.ofPerson(owner.id, undefined, 10))[0]?.name, "Share 0")
      })
    )

    it.effect("splits a statement by the shares of its time, whatever they become", () =>
      Effect.gen(function* () {
        const ledger = yield* RoyaltyLedger
        const [owner, singer] = [yield* addUser(), yield* addUser()]
        const isrc = newIsrc()
        const track = yield* addRecording(isrc, owner.id, [
          [owner.id, 7500],
          [singer.id, 2500]
        ])
        const paid = (userId: UserId) => ledger.payable(sharesOf(userId), {})
        yield* importSales([sale(isrc, "1")])
        yield* (yield* Recordings).setShares(track, sharesAs([[owner.id, 10_000]]))
        yield* matchRecordings()
        assert.deepStrictEqual(yield* paid(singer.id), [{ currency: "USD", amountMinor: 25n }])
        yield* importSales([sale(isrc, "1", { month: "2025-10" })])
        assert.deepStrictEqual(yield* paid(singer.id), [{ currency: "USD", amountMinor: 25n }])
        assert.deepStrictEqual(yield* paid(owner.id), [{ currency: "USD", amountMinor: 175n }])
      })
    )

    it.effect("pays everybody their part of a statement, however small each earning is", () =>
      Effect.gen(function* () {
        const ledger = yield* RoyaltyLedger
        const [owner, singer, other] = [yield* addUser(), yield* addUser(), yield* addUser()]
        const sales: Array<Sale> = []
        for (let n = 0; n < 60; n++) {
          const [mine, theirs] = [newIsrc(), newIsrc()]
          yield* addRecording(mine, owner.id, [
            [owner.id, 6600],
            [singer.id, 3400]
          ])
          yield* addRecording(theirs, other.id)
          sales.push(sale(mine, "0.004"), sale(theirs, "0.0085"))
        }
        yield* importSales(sales)
        const paid = (userId: UserId) =>
          Effect.map(ledger.payable(sharesOf(userId), {}), ([row]) => Number(row?.amountMinor))
        const [owned, sung, others] = [yield* paid(owner.id), yield* paid(singer.id), yield* paid(other.id)]
        assert.strictEqual(owned + sung + others, 75)
        for (const [found, exact] of [
          [owned, 15.84],
          [sung, 8.16],
          [others, 51]
        ] as const) {
          assert.isBelow(Math.abs(found - exact), 2)
        }
      })
    )

    it.effect("comes to the same by every dimension, and in pages of any size", () =>
      Effect.gen(function* () {
        const owner = yield* addUser()
        const isrcs = [newIsrc(), newIsrc()]
        for (const isrc of isrcs) yield* addRecording(isrc, owner.id)
        const sales = fc.sample(
          fc.record({
            isrc: fc.constantFrom(...isrcs),
            month: fc.constantFrom("2025-09", "2025-10", "2025-11"),
            store: fc.constantFrom("Spotify", "Deezer", "iTunes"),
            country: fc.constantFrom("US", "DE", "JP"),
            units: fc.integer({ min: -5, max: 50 }),
            currency: fc.constantFrom("USD", "EUR"),
            amount: fc.integer({ min: -999_999, max: 999_999 }).map((n) => toText({ units: BigInt(n), scale: 7 }))
          }),
          { numRuns: 120, seed: 11 }
        )
        yield* importSales(sales)
        const ledger = yield* RoyaltyLedger
        const view = sharesOf(owner.id)
        const all = yield* listAll(view)
        for (const limit of [1, 7]) assert.deepStrictEqual(yield* listAll(view, {}, limit), all)
        const filters: ReadonlyArray<RoyaltyFilter> = [
          {},
          { period },
          { from: Period.make("2025-10") },
          { to: Period.make("2025-10"), platform: "deezer" },
          { territory: "JP", platform: "apple_music" },
          ...(all[0]?.trackId ? [{ trackId: all[0].trackId }] : [])
        ]
        for (const filter of filters) {
          const listed = yield* listAll(view, filter)
          const expected = totalsOf(
            listed.map(({ currency, quantity, amount }) => ({ key: null, currency, quantity, amount }))
          )
          assert.isAbove(listed.length, 0)
          for (const dimension of dimensions) {
            const groups = yield* ledger.groups(view, filter, dimension, 10_000)
            assert.deepStrictEqual(totalsOf(groups), expected, dimension)
            const keys = groups.map(({ key, currency }) => `${key} ${currency}`)
            assert.deepStrictEqual(keys, keys.toSorted())
          }
        }
        const of = (dimension: Dimension) => ledger.groups(view, {}, dimension, 1)
        assert.strictEqual((yield* of("territory")).length, 1)
        const page = yield* ledger.list(view, {}, yield* planList(royaltyList, { page: 2, limit: 10 }, {}))
        assert.deepInclude(page.counted, { page: 2, total: all.length })
        assert.deepStrictEqual(page.items, all.slice(10, 20))
      })
    )

    it.effect("keeps recordings that nobody has in a queue, until somebody has them", () =>
      Effect.gen(function* () {
        const ledger = yield* RoyaltyLedger
        const owner = yield* addUser()
        const [known, other] = [newIsrc(), newIsrc()]
        yield* importSales([sale(known, "1.25"), sale(known, "2", { currency: "EUR" }), sale(other, "9")])
        yield* importSales([sale(known, "0.75")])
        const queue = () => ledger.queue(undefined, 1000)
        assert.deepStrictEqual(
          (yield* queue()).find(({ recording }) => recording === known),
          {
            recording: known,
            title: "=The, song",
            earnings: 3,
            amounts: [
              { currency: "EUR", amount: "2" },
              { currency: "USD", amount: "2" }
            ]
          }
        )
        assert.strictEqual((yield* ledger.queue(known, 1))[0]?.recording, other)
        assert.deepStrictEqual(yield* listAll(tracksOf(owner.id)), [])
        const inQueue = yield* ledger.waiting
        assert.strictEqual(inQueue, (yield* queue()).length)
        const payable = () => ledger.payable({ of: "all" }, {})
        const inCents = (rows: Effect.Success<ReturnType<typeof payable>>, wanted: string) =>
          rows.find(({ currency }) => currency === wanted)?.amountMinor ?? 0n
        const before = yield* payable()
        const track = yield* addRecording(known, owner.id, [], false)
        assert.strictEqual(yield* matchRecordings(), 0, "that somebody says it is theirs is not enough")
        yield* (yield* Recordings).markSold([track], at(2))
        const counts = yield* Effect.all([matchRecordings(), matchRecordings()], { concurrency: 2 })
        assert.strictEqual(counts[0] + counts[1], 3)
        assert.strictEqual(yield* matchRecordings(), 0)
        const after = yield* payable()
        for (const currency of ["USD", "EUR"]) {
          assert.strictEqual(inCents(after, currency) - inCents(before, currency), 200n)
        }
        assert.strictEqual(yield* ledger.waiting, inQueue - 1)
        const codesLeft = (yield* queue()).map(({ recording }) => recording)
        assert.notInclude(codesLeft, known)
        assert.include(codesLeft, other)
        const found = yield* listAll(sharesOf(owner.id))
        assert.deepStrictEqual(found.map(({ amount, shareBps }) => [amount, shareBps]).toSorted(), [
          ["0.75", 10_000],
          ["1.25", 10_000],
          ["2", 10_000]
        ])
        const everything = yield* listAll({ of: "all" })
        assert.isTrue(everything.some(({ recording, trackId }) => recording === other && trackId === null))
      })
    )

    it.effect("counts what is known by its UPC alone", () =>
      Effect.gen(function* () {
        const whole = lineOf(sale("", "7")).replace('song",,', 'song",859700000000,')
        const { id } = yield* send([statement([sale(newIsrc(), "1")]), whole].join("\n"))
        assert.strictEqual((yield* runImport(id))?.outcome, "imported")
        assert.deepStrictEqual((yield* readImportHere(id)).unmatched, { isrcs: 1, upcs: 1 })
      })
    )

    it.effect("keeps the latest rate of a month", () =>
      Effect.gen(function* () {
        const admin = yield* addUser()
        const rates = yield* RoyaltyRates
        const rate = (month: string, currency: string, text: string) => ({
          period: Period.make(month),
          currency,
          target: "CHF",
          rate: text
        })
        yield* rates.state([rate("2025-10", "USD", "0.8"), rate("2025-11", "USD", "0.81")], admin.id, at(0))
        yield* rates.state([rate("2025-11", "USD", "0.8125"), rate("2025-11", "EUR", "0.93")], admin.id, at(1))
        assert.deepStrictEqual(yield* rates.into("CHF", undefined, undefined), [
          rate("2025-10", "USD", "0.8"),
          rate("2025-11", "EUR", "0.93"),
          rate("2025-11", "USD", "0.8125")
        ])
        assert.deepStrictEqual(yield* rates.into("CHF", undefined, Period.make("2025-10")), [
          rate("2025-10", "USD", "0.8")
        ])
        assert.deepStrictEqual(yield* rates.into("SEK", undefined, undefined), [])
      })
    )

    it.effect("has files swept that no import needs", () =>
      Effect.gen(function* () {
        const files = yield* StatementFiles
        const left = ImportId.make(yield* (yield* Ids).entity)
        yield* files.write(left, Stream.make(Buffer.from("left")), 100)
        const { id } = yield* send(statement([sale(newIsrc(), "1")]))
        const later = DateTime.makeUnsafe(Date.now() + 60_000)
        assert.include(yield* files.old(later), left)
        assert.notInclude(yield* files.old(at(0)), left)
        const needed = yield* (yield* RoyaltyImports).waiting([left, id])
        assert.deepStrictEqual(needed, new Set([id]))
        assert.strictEqual(yield* sweepStatements(), 0)
        const tomorrow = Effect.andThen(TestClock.setTime(Date.now() + 25 * 3_600_000), sweepStatements())
        assert.isAtLeast(yield* Effect.provide(tomorrow, TestClock.layer()), 1)
        assert.isTrue(Option.isNone(yield* files.open(left)))
        assert.isTrue(Option.isSome(yield* files.open(id)))
      })
    )
  })
