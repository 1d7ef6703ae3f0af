import { assert, layer } from "@effect/vitest"
import { DateTime, Deferred, Effect, type Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { Ids, Transaction } from "@veza/domain/kernel"
import {
  type ClaimedImport,
  decimalOf,
  ImportId,
  minorDigits,
  readImportHere,
  roundAt,
  roundInTurn,
  RoyaltyImports,
  RoyaltyLedger,
  runImport,
  StatementFiles,
  sum,
  sweepStatements,
  toText
} from "@veza/domain/royalties"
import {
  importSales,
  lineOf,
  newIsrc,
  period,
  type RoyaltyServices,
  sale,
  send,
  statement
} from "./royalties.samples.ts"
import { at } from "./samples.ts"

const claimOnce = Effect.fnUntraced(function* (id: ImportId, seconds: number) {
  const claimed = yield* (yield* RoyaltyImports).claim(id, at(seconds), at(seconds + 30))
  return Option.getOrUndefined(claimed)
})

/** How statements come in. */
export const royaltyImportsContract = (name: string, adapter: Layer.Layer<RoyaltyServices, unknown>) =>
  layer(adapter, { timeout: "60 seconds", excludeTestServices: true })(`Royalty imports: ${name}`, (it) => {
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

    it.effect("counts what is known by its UPC alone", () =>
      Effect.gen(function* () {
        const whole = lineOf(sale("", "7")).replace('song",,', 'song",859700000000,')
        const { id } = yield* send([statement([sale(newIsrc(), "1")]), whole].join("\n"))
        assert.strictEqual((yield* runImport(id))?.outcome, "imported")
        assert.deepStrictEqual((yield* readImportHere(id)).unmatched, { isrcs: 1, upcs: 1 })
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
