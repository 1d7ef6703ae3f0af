import { Effect, Layer, Stream } from "effect"
import {
  findTable,
  type FoundTable,
  type RawRow,
  type StatementChunk,
  StatementReader,
  type StatementSource,
  StatementUnreadable
} from "@veza/domain/royalties"
import { type Encoding, encodingOf } from "./encoding.ts"
import { Malformed, maxRow, Rows } from "./rows.ts"

/** Files that were put together of others may end their lines in several ways. */
const lineEnd = /\r\n|\n|\r/u

/** The lines of a text, some at a time; `read` counts the bytes. */
async function* linesOf(
  source: StatementSource,
  encoding: Encoding,
  read: { bytes: number }
): AsyncGenerator<ReadonlyArray<string>> {
  const decoder = new TextDecoder(encoding)
  let rest = ""
  for await (const chunk of source.chunks()) {
    read.bytes += chunk.length
    const text = rest + decoder.decode(chunk, { stream: true })
    // A return at the end may be the first half of what ends a line.
    const whole = text.endsWith("\r") ? text.length - 1 : text.length
    const lines = text.slice(0, whole).split(lineEnd)
    rest = (lines.pop() ?? "") + text.slice(whole)
    // Held no longer: whoever reads it finds it too long.
    if (rest.length > maxRow) lines.push(rest)
    yield lines
  }
  yield (rest + decoder.decode()).split(lineEnd)
}

async function* chunksOf(
  source: StatementSource,
  encoding: Encoding,
  table: FoundTable
): AsyncGenerator<StatementChunk> {
  const read = { bytes: 0 }
  const rows = new Rows(table)
  for await (const lines of linesOf(source, encoding, read)) {
    const found: Array<RawRow> = []
    for (const line of lines) {
      const row = rows.read(line)
      if (row instanceof Malformed) {
        // What stands before it is judged as well.
        yield { rows: found, bytesRead: read.bytes }
        throw row
      }
      if (row !== undefined) found.push(row)
    }
    yield { rows: found, bytesRead: read.bytes }
  }
  const fault = rows.end()
  if (fault !== undefined) throw fault
}

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
      ).pipe(Stream.catch((error) => (error instanceof Malformed ? Stream.fail(error.fault) : Stream.die(error))))
      return { table, chunks }
    })
  })
)
