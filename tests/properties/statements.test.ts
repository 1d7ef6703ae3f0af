import fc from "fast-check"
import { Effect, Stream } from "effect"
import {
  layoutOf,
  periodOf,
  platformOf,
  readNumber,
  StatementReader,
  territoryOf,
  toText,
  checkStatement
} from "@veza/domain/royalties"
import { statementReader } from "@veza/adapters/statements"
import { describe, expect, it } from "vitest"

const sourceOf = (bytes: Uint8Array, step = 4096) => ({
  sizeBytes: bytes.length,
  chunks: async function* () {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
  }
})
const check = (bytes: Uint8Array, step?: number) =>
  Effect.runPromise(
    checkStatement(sourceOf(bytes, step), { bytesRead: 0, rowsRead: 0 }).pipe(Effect.provide(statementReader))
  )
const refusalOf = (bytes: Uint8Array) =>
  Effect.runPromise(
    checkStatement(sourceOf(bytes), { bytesRead: 0, rowsRead: 0 }).pipe(
      Effect.map(({ refusal }) => refusal),
      Effect.catchTag("StatementUnreadable", ({ refusal }) => Effect.succeed(refusal)),
      Effect.provide(statementReader)
    )
  )
const rowsOf = (bytes: Uint8Array, step?: number) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { chunks } = yield* (yield* StatementReader).read(sourceOf(bytes, step))
      return (yield* Stream.runCollect(chunks)).flatMap(({ rows }) => rows)
    }).pipe(Effect.provide(statementReader))
  )

const distrokid =
  "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\tCountry of Sale\tSongwriter Royalties Withheld\tEarnings (USD)"
const song = "2026-01-15\t2025-11\tSpotify\tMara\tTidewater\tQZABC2600001\t\t3\t100\tSong\tUS\t0\t0.0123456789012"
const tunecore = [
  '"Sales Period","Posted Date","Store Name","Country Of Sale","Artist","Release Type","Release Title","Song Title","Label","UPC","Optional UPC","TC Song ID","Optional ISRC","Sales Type","# Units Sold","Per Unit Price","Net Sales","Net Sales Currency","Exchange Rate","Total Earned","Currency"',
  '"2025-11-01","2026-01-12","Apple Music","DE","Mara","Single","Tidewater","Tidewater, live","L","859700000000","","1","QZABC2600001","Stream","10","0.004","0.04","EUR","1.0831","0.043324","USD"'
].join("\r\n")
const spotify = [
  "Label report;;;;",
  "Start Date;End Date;Country;Product;URI;UPC;EAN;ISRC;Track name;Artist name;Composer name;Album name;Quantity;Label;Payable invoice;Invoice currency",
  "2025-11-01;2025-11-30;JP;Premium;spotify:track:1;;;QZ-ABC-26-00001;Tidewater;Mara;;Tidewater;1.234.567;L;3.702,5100001;EUR",
  "2025-11-01;2025-11-30;US;Premium;spotify:track:1;;;QZ-ABC-26-00001;Tidewater;Mara;;Tidewater;-1;L;-0,0030;EUR"
].join("\n")

describe("a statement's layout", () => {
  it("is found by its header, whatever separates it and stands above", async () => {
    expect(await check(Buffer.from(`${distrokid}\n${song}\n`))).toMatchObject({
      layout: "distrokid",
      refusal: undefined,
      totals: [{ currency: "USD", amount: "0.0123456789012", quantity: 3 }]
    })
    expect(await check(Buffer.from(tunecore))).toMatchObject({
      layout: "tunecore",
      refusal: undefined,
      totals: [{ currency: "USD", amount: "0.043324", quantity: 10 }]
    })
    expect(await check(Buffer.from(spotify))).toMatchObject({
      layout: "spotify",
      refusal: undefined,
      totals: [{ currency: "EUR", amount: "3702.5070001", quantity: 1_234_566 }]
    })
  })

  it("must have what a line cannot do without, and a currency", () => {
    expect(layoutOf(["Sale Month", "Store", "ISRC", "Quantity", "Country of Sale", "Earnings (USD)"])?.currency).toBe(
      "USD"
    )
    expect(layoutOf(["Sale Month", "Store", "ISRC", "Quantity", "Country of Sale", "Earnings"])).toBeUndefined()
    expect(layoutOf(["Sale Month", "Store", "Quantity", "Country of Sale", "Earnings (USD)"])).toBeUndefined()
    const others = ["Sale Month", "Store", "ISRC", "Quantity", "Country of Sale"]
    expect(layoutOf([...others, "Earnings (net)"])).toBeUndefined()
    expect(layoutOf([...others, "Earnings (EUR)", "Earnings (USD)"])).toBeUndefined()
  })

  it("that is unknown is refused, as are files without lines and what is no text", async () => {
    expect(await refusalOf(Buffer.from("a,b,c\n1,2,3\n"))).toBe("LAYOUT_UNKNOWN")
    expect(await refusalOf(Buffer.from(""))).toBe("LAYOUT_UNKNOWN")
    expect(await refusalOf(Buffer.from(distrokid))).toBe("NO_LINES")
    expect(await refusalOf(Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0]))).toBe("ENCODING_UNKNOWN")
    expect(await refusalOf(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from([0xff, 0xff])]))).toBe(
      "ENCODING_UNKNOWN"
    )
  })
})

describe("a statement's encoding", () => {
  const titled = `${distrokid}\n${song.replace("Tidewater", "Déjà vu")}\n`
  const swapped = Buffer.from(`\uFEFF${titled}`, "utf16le").swap16()
  it.each([
    ["UTF-8", Buffer.from(titled)],
    ["UTF-8 with its mark", Buffer.from(`\uFEFF${titled}`)],
    ["UTF-16, little end first", Buffer.from(`\uFEFF${titled}`, "utf16le")],
    ["UTF-16, big end first", swapped],
    ["Latin-1", Buffer.from(titled, "latin1")]
  ])("is found out: %s, cut anywhere", async (_, bytes) => {
    for (const step of [1, 2, 3, 4096]) {
      const [row] = await rowsOf(bytes, step)
      expect(row?.cells[4]).toBe("Déjà vu")
      expect(row?.line).toBe(2)
    }
  })
})

describe("the place of a fault", () => {
  it("is its line in the file, blank lines and breaks within cells counted, and the name of its column", async () => {
    const [header = "", line = ""] = tunecore.split("\r\n")
    const file = [
      header,
      line,
      "",
      line.replace("Tidewater, live", "two\nlines"),
      line.replace('"DE"', '"QQ"'),
      line.replace('"0.043324"', '"4,332"').replace('"10"', '"1.5"'),
      line.replace("2025-11-01", "2099-01-01"),
      line.replace("QZABC2600001", "nonsense"),
      line.replace('"QZABC2600001"', '""').replace('"859700000000"', '""'),
      line.replace('"USD"', '"US$"'),
      "short,line"
    ].join("\n")
    const { faults, faultCount, refusal } = await check(Buffer.from(file))
    expect(refusal).toBe("LINES_FAULTY")
    expect(faults).toEqual([
      { line: 6, column: "Country Of Sale", code: "TERRITORY_UNKNOWN", value: "QQ" },
      { line: 7, column: "# Units Sold", code: "QUANTITY_MALFORMED", value: "1.5" },
      { line: 7, column: "Total Earned", code: "NUMBER_AMBIGUOUS", value: "4,332" },
      { line: 8, column: "Sales Period", code: "PERIOD_IN_FUTURE", value: "2099-01-01" },
      { line: 9, column: "Optional ISRC", code: "ISRC_MALFORMED", value: "nonsense" },
      { line: 10, column: "Optional ISRC", code: "RECORDING_MISSING", value: "" },
      { line: 11, column: "Currency", code: "CURRENCY_UNKNOWN", value: "US$" },
      { line: 12, column: null, code: "COLUMNS_MISSING", value: "2 of 21" }
    ])
    expect(faultCount).toBe(8)
  })

  it("is told of a thousand, and counted of all", async () => {
    const bad = song.replace("\tUS\t", "\t??\t")
    const { faults, faultCount, rowsRead } = await check(Buffer.from([distrokid, ...Array(1500).fill(bad)].join("\n")))
    expect([faults.length, faultCount, rowsRead]).toEqual([1000, 1500, 1500])
    expect(faults.at(-1)?.line).toBe(1001)
  })

  it("is where a quote was opened and never closed", async () => {
    const [header = "", line = ""] = tunecore.split("\r\n")
    const { faults } = await check(Buffer.from(`${header}\n${line}\n"never closed, ${"x".repeat(1000)}`))
    expect(faults).toEqual([{ line: 3, column: null, code: "CSV_MALFORMED", value: "QUOTE_NOT_CLOSED" }])
  })
})

describe("the rows of a statement", () => {
  const [header = "", line = ""] = tunecore.split("\r\n")
  const titled = (title: string) => song.replace("Tidewater", title)

  it("between tabs are its lines, whatever quotes its titles hold", async () => {
    const titles = ['"Heroes', 'Heroes"', '7" mix', '"Heroes" (live)', '"']
    const rows = await rowsOf(Buffer.from([distrokid, ...titles.map(titled), titled('"A ""quoted"" one"')].join("\n")))
    expect(rows.map(({ cells }) => cells[4])).toEqual([...titles, 'A "quoted" one'])
    expect(rows.map((row) => row.line)).toEqual([2, 3, 4, 5, 6, 7])
  })

  it("are not taken for one cell from one stray quote to the next", async () => {
    const bare = (title: string) => `2025-11,Spotify,US,Mara,${title},QZABC2600001,1,0.5,USD,`
    const columns =
      "Sales Period,Store Name,Country Of Sale,Artist,Song Title,ISRC,Units Sold,Total Earned,Currency,Note"
    const stray = [columns, bare("One"), bare('"Heroes'), bare("Three"), bare('Heroes"'), bare("Five")].join("\n")
    const { faults, refusal } = await check(Buffer.from(stray))
    expect(refusal).toBe("LINES_FAULTY")
    expect(faults).toEqual([{ line: 3, column: null, code: "CSV_MALFORMED", value: "QUOTE_NOT_CLOSED" }])
  })

  it("are counted right behind breaks within cells, however the lines of the file end", async () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const wrong = line.replace('"DE"', '"QQ"')
      const file = [header, line.replace("Tidewater, live", `two${end}lines${end}more`), "", line, wrong].join(end)
      for (const step of [1, 4096]) {
        const { faults } = await check(Buffer.from(file), step)
        expect(faults.map((fault) => [fault.line, fault.value])).toEqual([[7, "QQ"]])
      }
    }
  })

  it("may end in several ways in one file", async () => {
    const columns = `${header},"Note"`
    const noted = `${line},"x"`
    const { faultCount, rowsRead, totals } = await check(
      Buffer.from(`${columns}\r\n${noted}\r\n${noted}\n${noted}\r${noted}`)
    )
    expect([faultCount, rowsRead, totals[0]?.quantity]).toEqual([0, 4, 40])
  })

  it("with more cells than columns are faulty, unless these are empty", async () => {
    const file = [distrokid, `${song}\t\t `, `${song}\t7`, "\t\t\t", " "].join("\n")
    const { faults, rowsRead } = await check(Buffer.from(file))
    expect(faults).toEqual([{ line: 3, column: null, code: "COLUMNS_TOO_MANY", value: "14 of 13" }])
    expect(rowsRead).toBe(2)
  })

  it("are judged up to where a file stops being CSV", async () => {
    const file = [header, line.replace('"DE"', '"QQ"'), '"x"y', line].join("\n")
    const { faults } = await check(Buffer.from(file))
    expect(faults.map(({ line: at, value }) => [at, value])).toEqual([
      [2, "QQ"],
      [3, "QUOTE_MISPLACED"]
    ])
    const long = await check(Buffer.from([header, line, `"${"x".repeat(300_000)}"`].join("\n")))
    expect(long.faults).toEqual([{ line: 3, column: null, code: "CSV_MALFORMED", value: "ROW_TOO_LONG" }])
    const open = await check(Buffer.from([header, line, '"x', ...Array<string>(200).fill("y")].join("\n")))
    expect(open.faults).toEqual([{ line: 3, column: null, code: "CSV_MALFORMED", value: "QUOTE_NOT_CLOSED" }])
  })

  it("are read as they were written, with their lines", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "é", '"', " ", "\n", "\r\n", "."), maxLength: 8 })
    const cases = fc.record({
      rows: fc.array(fc.array(cell, { minLength: 9, maxLength: 9 }), { minLength: 1, maxLength: 8 }),
      delimiter: fc.constantFrom(",", ";"),
      end: fc.constantFrom("\n", "\r\n", "\r"),
      step: fc.integer({ min: 1, max: 50 })
    })
    const columns = "Sales Period|Store Name|Country Of Sale|Artist|Song Title|ISRC|Units Sold|Total Earned|Currency"
    const breaks = /\r\n|\n|\r/gu
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, delimiter, end, step }) => {
        const written = rows.map((cells) =>
          ["first", ...cells].slice(0, 9).map((text) => `"${text.replaceAll('"', '""')}"`)
        )
        const file = [columns.replaceAll("|", delimiter), ...written.map((cells) => cells.join(delimiter))].join(end)
        const found = await rowsOf(Buffer.from(file), step)
        expect(found.map(({ cells }) => cells)).toEqual(
          rows.map((cells) => ["first", ...cells].slice(0, 9).map((text) => text.replaceAll(breaks, "\n")))
        )
        let at = 2
        for (const [index, cells] of written.entries()) {
          expect(found[index]?.line).toBe(at)
          at += 1 + [...cells.join("").matchAll(breaks)].length
        }
      }),
      { numRuns: 60 }
    )
  })
})

describe("numbers of a file", () => {
  const fileOf = (amounts: ReadonlyArray<string>) =>
    Buffer.from([distrokid, ...amounts.map((amount) => song.replace(/[^\t]+$/u, amount))].join("\n"))

  it("are refused where some have decimal commas and others may have points between thousands", async () => {
    const amounts = ["1.234", "0.5", "0,5", "1.5", "2.345", "1,5"]
    const { faults, refusal } = await check(fileOf(amounts))
    expect(refusal).toBe("LINES_FAULTY")
    expect(faults.map(({ line, code, value }) => [line, code, value])).toEqual([
      [4, "NUMBER_AMBIGUOUS", "0,5"],
      [6, "NUMBER_AMBIGUOUS", "2.345"],
      [7, "NUMBER_AMBIGUOUS", "1,5"]
    ])
    for (const alike of [
      ["1.234", "0.5"],
      ["1.5", "0,5", "1.234,5"]
    ]) {
      expect((await check(fileOf(alike))).refusal).toBeUndefined()
    }
  })
})

describe("a number", () => {
  const read = (text: string, mark: "." | ",") => {
    const number = readNumber(text, mark)
    return typeof number === "string" ? number : toText(number)
  }
  it.each([
    ["1234.5", ".", "1234.5"],
    ["1,234.5", ".", "1234.5"],
    ["1 234,5", ",", "1234.5"],
    ["1.234,5", ",", "1234.5"],
    ["0,0036", ".", "0.0036"],
    ["0.003", ",", "0.003"],
    ["1,234", ".", "NUMBER_AMBIGUOUS"],
    ["1.234", ",", "NUMBER_AMBIGUOUS"],
    ["1.234", ".", "1.234"],
    ["1,234", ",", "1.234"],
    ["1,234,567", ".", "1234567"],
    ["1'234.50", ".", "1234.5"],
    ["(0.25)", ".", "-0.25"],
    ["-0.25", ".", "-0.25"],
    ["+3", ".", "3"],
    [".5", ".", "0.5"],
    ["1.2E-05", ".", "0.000012"],
    ["3e2", ".", "300"],
    ["-0", ".", "0"],
    ["1.2.3", ".", "NUMBER_MALFORMED"],
    ["12,34,567", ".", "NUMBER_MALFORMED"],
    ["--1", ".", "NUMBER_MALFORMED"],
    ["(-1)", ".", "NUMBER_MALFORMED"],
    ["$1", ".", "NUMBER_MALFORMED"],
    ["", ".", "NUMBER_MALFORMED"],
    ["NaN", ".", "NUMBER_MALFORMED"],
    ["123456789012", ".", "NUMBER_TOO_LONG"],
    ["1e99", ".", "NUMBER_TOO_LONG"],
    ["1e-31", ".", "NUMBER_TOO_LONG"]
  ] as const)("%s is read, in a file with %s, as %s", (text, mark, expected) => {
    expect(read(text, mark)).toBe(expected)
  })

  it("is read to its last digit however it is written", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -99_999_999_999, max: 99_999_999_999 }),
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom("." as const, "," as const),
        (units, scale, mark) => {
          const text = toText({ units: BigInt(units), scale })
          const written = mark === "," ? text.replace(".", ",") : text
          expect(read(written, mark)).toBe(text)
        }
      )
    )
  })

  it("that is anything at all is read or refused, never a crash", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("." as const, "," as const), (text, mark) => {
        expect(read(text, mark)).toMatch(/^(?:NUMBER_|-?\d)/u)
      })
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[-+(]?[\d.,' eE]{0,12}\)?$/u), (text) => {
        expect(read(text, ".")).toMatch(/^(?:NUMBER_|-?\d)/u)
      })
    )
  })
})

describe("a month, a store, a territory", () => {
  it.each([
    ["2025-11", "2025-11"],
    ["2025-11-30", "2025-11"],
    ["2025-11-30T00:00:00Z", "2025-11"],
    ["202511", "2025-11"],
    ["20251101", "2025-11"],
    ["11/2025", "2025-11"],
    ["Nov 2025", "2025-11"],
    ["November 2025", "2025-11"],
    ["2025-13", undefined],
    ["03/04/2025", undefined],
    ["", undefined]
  ])("the month %s is %s", (text, month) => {
    expect(periodOf(text)).toBe(month)
  })

  it("names stores as submissions do", () => {
    expect(
      ["iTunes", "Apple Music", "SPOTIFY ", "YouTube (Red)", "Deezer", "TÍDAL", "!", "constructor"].map(platformOf)
    ).toEqual(["apple_music", "apple_music", "spotify", "youtube_red", "deezer", "tidal", "", "constructor"])
    expect(["de", "UK", "XK", "WW", "QQ", "", "constructor"].map(territoryOf)).toEqual([
      "DE",
      "GB",
      "XK",
      "WW",
      undefined,
      undefined,
      undefined
    ])
  })
})
