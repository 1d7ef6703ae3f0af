import { pipeline, Readable } from "node:stream"
import { CsvError, parse } from "csv-parse"
import { Effect, Layer, Schema, Stream } from "effect"
import {
  findTable,
  type FoundTable,
  type RawRow,
  type StatementChunk,
  type StatementFault,
  StatementReader,
  type StatementSource,
  StatementUnreadable
} from "@veza/domain/royalties"
import { type Encoding, encodingOf } from "./encoding.ts"

/** Rows handed on, and held, at a time. */
const rowsAtATime = 2000
/** Bytes of the longest row: past that a quote was never closed. */
const maxRow = 256 * 1024

/** The text behind the first `skip` lines, bit by bit; `read` counts the bytes. */
async function* textBehind(
  source: StatementSource,
  encoding: Encoding,
  skip: number,
  read: { bytes: number }
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  let left = skip
  let wasReturn = false
  const behind = (text: string): string => {
    let at = 0
    while (left > 0 && at < text.length) {
      const char = text[at++]
      if (char === "\r" || (char === "\n" && !wasReturn)) left--
      wasReturn = char === "\r"
    }
    // A line feed that belongs to the return before it.
    if (left === 0 && wasReturn && at < text.length) {
      wasReturn = false
      if (text[at] === "\n") at++
    }
    return at === 0 ? text : text.slice(at)
  }
  for await (const chunk of source.chunks()) {
    read.bytes += chunk.length
    const text = decoder.decode(chunk, { stream: true })
    const rest = left > 0 || wasReturn ? behind(text) : text
    if (rest !== "") yield rest
  }
  const end = decoder.decode()
  if (end !== "") yield end
}

const isRecord = Schema.is(
  Schema.Struct({ record: Schema.Array(Schema.String), info: Schema.Struct({ lines: Schema.Int }) })
)
interface ParsedRecord {
  readonly record: ReadonlyArray<string>
  readonly info: { readonly lines: number }
}
/** The first record is looked at closely: the others come out of the same parser. */
const isParsed = (value: unknown, isFirst: boolean): value is ParsedRecord => !isFirst || isRecord(value)

const breaksIn = (cells: ReadonlyArray<string>): number => {
  let count = 0
  for (const cell of cells)
    if (cell.includes("\n") || cell.includes("\r")) count += cell.split(/\r\n|\n|\r/u).length - 1
  return count
}

async function* chunksOf(
  source: StatementSource,
  encoding: Encoding,
  { headerLine, delimiter }: FoundTable
): AsyncGenerator<StatementChunk> {
  const read = { bytes: 0 }
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: delimiter === "\t",
    skip_empty_lines: true,
    max_record_size: maxRow
  })
  const text = Readable.from(textBehind(source, encoding, headerLine, read))
  // An error of either side destroys the other with it, and so reaches who reads.
  pipeline(text, parser, () => {})
  let rows: Array<RawRow> = []
  let isFirst = true
  for await (const parsed of parser) {
    if (!isParsed(parsed, isFirst)) throw new Error("the parser's records are not what they were")
    isFirst = false
    const { record, info } = parsed
    rows.push({ line: headerLine + info.lines - breaksIn(record), cells: record })
    if (rows.length === rowsAtATime) {
      yield { rows, bytesRead: read.bytes }
      rows = []
    }
  }
  yield { rows, bytesRead: read.bytes }
}

const malformed = (headerLine: number, error: CsvError): StatementFault => ({
  line: headerLine + (typeof error["lines"] === "number" ? error["lines"] : 0),
  column: null,
  code: "CSV_MALFORMED",
  value: error.code
})

const refused = (refusal: StatementUnreadable["refusal"]) => Effect.fail(new StatementUnreadable({ refusal }))

export const statementReader = Layer.succeed(
  StatementReader,
  StatementReader.of({
    read: Effect.fnUntraced(function* (source) {
      const written = yield* Effect.promise(() => encodingOf(source))
      if (written === undefined) return yield* refused("ENCODING_UNKNOWN")
      const table = findTable(written.head)
      if (table === undefined) return yield* refused("LAYOUT_UNKNOWN")
      const chunks = Stream.suspend(() =>
        Stream.fromAsyncIterable(chunksOf(source, written.encoding, table), (error) => error)
      ).pipe(
        Stream.catch((error) =>
          error instanceof CsvError ? Stream.fail(malformed(table.headerLine, error)) : Stream.die(error)
        )
      )
      return { table, chunks }
    })
  })
)
