import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import fc from "fast-check"
import { zipArchiver } from "@veza/adapters/archive"
import { ExportArchiver, exportFileKeys, ExportId, exportReadme, type PersonalRow } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { eventually } from "../support/product/eventually.ts"
import { unzip } from "../support/unzip.ts"

const columns = ["text", "number", "flag", "nothing", "list"]
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '"', ",", "\r\n=1", "a;b", '=HYPERLINK("x")'),
  fc.string({ unit: fc.constantFrom(..."=+-@\t\r\n\",; a'") })
)
const row: fc.Arbitrary<PersonalRow> = fc.record({
  text: hostile,
  number: fc.nat(),
  flag: fc.boolean(),
  nothing: fc.constant(null),
  list: fc.array(hostile, { maxLength: 3 })
})
const userId = UserId.make("11111111-1111-4111-8111-111111111111")
const section = (rows: Stream.Stream<PersonalRow>) => ({ name: "things", about: "things", columns, rows: () => rows })
const pack = (rows: Stream.Stream<PersonalRow>) =>
  Stream.unwrap(
    Effect.map(ExportArchiver, (archiver) => archiver.pack({ readme: "Read me", userId, sections: [section(rows)] }))
  ).pipe(Stream.provide(zipArchiver))
const packed = async (rows: ReadonlyArray<PersonalRow>) => {
  const chunks = await Effect.runPromise(Stream.runCollect(pack(Stream.fromIterable(rows))))
  return unzip(Buffer.concat(chunks))
}

/** Reads CSV by the grammar of RFC 4180 §2. */
const parseCsv = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<Array<string>> = []
  let at = 0
  while (at < text.length) {
    const cells: Array<string> = []
    do {
      const quoted = /"((?:[^"]|"")*)"/suy
      const plain = /[^,\r\n]*/uy
      quoted.lastIndex = plain.lastIndex = at
      const found = quoted.exec(text)
      const [whole = "", inner] = found ?? plain.exec(text) ?? []
      cells.push(inner === undefined ? whole : inner.replaceAll('""', '"'))
      at += whole.length
    } while (text[at] === "," && at++ >= 0)
    assert.strictEqual(text.slice(at, at + 2), "\r\n")
    at += 2
    rows.push(cells)
  }
  return rows
}
const formula = /^[=+\-@\t\r]/u
const unescaped = (cell: string) => (formula.test(cell.slice(1)) ? cell.replace(/^'/u, "") : cell)

describe("the archive of an export", () => {
  it("gives every row back unchanged, from JSON and from CSV, and no cell is a formula", () =>
    fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (rows) => {
        const files = await packed(rows)
        assert.deepStrictEqual([...files.keys()], ["README.txt", "things.json", "things.csv"])
        assert.deepStrictEqual(
          JSON.parse(files.get("things.json")?.toString("utf8") ?? ""),
          rows.map((one) => ({ ...one }))
        )
        const [names, ...cells] = parseCsv(files.get("things.csv")?.toString("utf8") ?? "")
        assert.deepStrictEqual(names, columns)
        for (const cell of cells.flat()) assert.notMatch(cell, formula)
        assert.deepStrictEqual(
          cells.map(([text]) => unescaped(text ?? "")),
          rows.map(({ text }) => unescaped(String(text)))
        )
      }),
      { numRuns: 60 }
    ))

  it("is made as it is read: who stops reading stops the reading of rows", async () => {
    let pulled = 0
    let ended = 0
    const text = "x".repeat(100)
    const endless = Stream.fromIterable({
      *[Symbol.iterator]() {
        for (;;) yield { text: `${pulled++} ${text}`, number: 1, flag: true, nothing: null, list: [] }
      }
    }).pipe(
      Stream.rechunk(100),
      Stream.ensuring(
        Effect.sync(() => {
          ended++
        })
      )
    )
    const chunks = await Effect.runPromise(Stream.runCollect(Stream.take(pack(endless), 5)))
    assert.strictEqual(chunks.length, 5)
    assert.isBelow(pulled, 100_000)
    await eventually("the end of the reading", () => ended === 1, 2000)
    const before = pulled
    await Effect.runPromise(Effect.sleep("50 millis"))
    assert.strictEqual(pulled, before)
  })

  it("fails as a whole when rows cannot be read", async () => {
    const broken = Stream.concat(
      Stream.make<[PersonalRow]>({ text: "a", number: 1, flag: true, nothing: null, list: [] }),
      Stream.fromEffect(Effect.die(new Error("the database is away")))
    )
    const exit = await Effect.runPromise(Effect.exit(Stream.runDrain(pack(broken))))
    assert.strictEqual(exit._tag, "Failure")
  })
})

describe("an export", () => {
  it("has a README that names every file", () => {
    const text = exportReadme("ada", "2026-03-01T08:00:00.000Z", [{ name: "likes", about: "the tracks you like" }])
    assert.include(text, "likes.json, likes.csv: the tracks you like")
    assert.include(text, "ada")
  })

  it("has a key of its own for each attempt", () =>
    fc.assert(
      fc.property(fc.uuid({ version: 4 }), fc.nat({ max: 20 }), (uuid, attempts) => {
        const keys = exportFileKeys({ id: ExportId.make(uuid), attempts })
        assert.strictEqual(new Set(keys).size, attempts)
        for (const key of keys) assert.match(key, /^[0-9a-f-]+$/u)
      })
    ))
})
