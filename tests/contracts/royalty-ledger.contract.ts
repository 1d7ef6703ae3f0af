import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import fc from "fast-check"
import { Recordings } from "@veza/domain/distribution"
import { planList, type UserId } from "@veza/domain/kernel"
import {
  type Dimension,
  dimensions,
  isLate,
  matchRecordings,
  Period,
  readImportHere,
  type RoyaltyFilter,
  RoyaltyLedger,
  royaltyList,
  RoyaltyRates,
  shownAmount,
  sum,
  toText,
  totalsOf
} from "@veza/domain/royalties"
import {
  addRecording,
  importSales,
  listAll,
  newIsrc,
  period,
  type RoyaltyServices,
  type Sale,
  sale,
  sharesAs,
  sharesOf,
  tracksOf
} from "./royalties.samples.ts"
import { addUser, at } from "./samples.ts"

/** What becomes of a statement that is in. */
export const royaltyLedgerContract = (name: string, adapter: Layer.Layer<RoyaltyServices, unknown>) =>
  layer(adapter, { timeout: "60 seconds", excludeTestServices: true })(`Royalty ledger: ${name}`, (it) => {
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
  })
