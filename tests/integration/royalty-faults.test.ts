import { layer } from "@effect/vitest"
import { assert } from "vitest"
import { Effect, Layer, Option, Stream } from "effect"
import { statementFilesMemory } from "@veza/adapters/memory"
import { Database } from "@veza/adapters/postgres"
import { statementReader } from "@veza/adapters/statements"
import { readImportHere, requestImportHere, RoyaltySettings, runImport, StatementFiles } from "@veza/domain/royalties"
import { postgresAdapters } from "../support/postgres-adapters.ts"

const header = "Sale Month\tStore\tISRC\tQuantity\tCountry of Sale\tEarnings (USD)"
const line = "2025-11\tSpotify\tQZFLT2600001\t1\tUS\t0.5"
const beginning = `${[header, line, line.replace("US", "??"), line].join("\n")}\n`
const text = beginning + line.replace("US", "!!")

const ports = postgresAdapters.pipe(Layer.provideMerge(Layer.merge(statementFilesMemory, statementReader)))

layer(ports, { timeout: "60 seconds", excludeTestServices: true })(
  "a long file with a fault near its beginning",
  (it) => {
    it.effect("is read to its end without a transaction that waits for it", () =>
      Effect.gen(function* () {
        const { sql } = yield* Database
        const files = yield* StatementFiles
        const waiting: Array<unknown> = []
        const context = yield* Effect.context<never>()
        const look = sql`SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle in transaction'`
        // What is behind the fault takes its time: by then nobody must hold a transaction open.
        const slow = StatementFiles.of({
          ...files,
          open: () =>
            Effect.succeedSome({
              sizeBytes: text.length,
              chunks: async function* () {
                yield Buffer.from(beginning)
                waiting.push(...(await Effect.runPromiseWith(context)(look)))
                yield Buffer.from(text.slice(beginning.length))
              }
            })
        })
        const { id } = yield* requestImportHere("faulty.tsv", Stream.make(Buffer.from(text))).pipe(
          Effect.provideService(RoyaltySettings, { maxStatementSize: 1e6 })
        )
        const report = yield* Effect.provideService(runImport(id), StatementFiles, slow)
        assert.deepInclude(report, { outcome: "refused", rows: 4, faults: 2 })
        const told = yield* readImportHere(id)
        assert.deepStrictEqual(
          told.faults.map((fault) => fault.line),
          [3, 5]
        )
        assert.deepStrictEqual(waiting, [])
        assert.isTrue(Option.isNone(yield* files.open(id)))
      })
    )
  }
)
