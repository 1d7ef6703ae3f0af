import { PassThrough, type Readable } from "node:stream"
import { Layer, Stream } from "effect"
import { ZipFile } from "yazl"
import { ExportArchiver, type PersonalDataSection } from "@veza/domain/accounts"
import { csvOf, jsonOf } from "./section-text.ts"

type Content = Parameters<ExportArchiver["Service"]["pack"]>[0]

/** Adds a file whose content is read only when its turn has come; what is being read is kept in `reading`. */
const addLazily = (zip: ZipFile, name: string, reading: Set<Readable>, read: () => Readable): void =>
  zip.addReadStreamLazy(name, (take) => {
    const source = read()
    reading.add(source)
    source.once("close", () => reading.delete(source))
    source.once("error", (error) => zip.emit("error", error))
    take(null, source)
  })

async function* packed({ readme, userId, sections }: Content): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile()
  const reading = new Set<Readable>()
  const output = zip.outputStream.pipe(new PassThrough())
  zip.on("error", (error: Error) => output.destroy(error))
  const rowsOf = (section: PersonalDataSection) => Stream.toAsyncIterable(section.rows(userId))
  zip.addBuffer(Buffer.from(readme), "README.txt")
  for (const section of sections) {
    addLazily(zip, `${section.name}.json`, reading, () => jsonOf(rowsOf(section)))
    addLazily(zip, `${section.name}.csv`, reading, () => csvOf(rowsOf(section), section.columns))
  }
  zip.end()
  try {
    for await (const chunk of output) yield chunk
  } finally {
    for (const source of reading) source.destroy()
  }
}

/** A ZIP archive (APPNOTE 6.3), made while it is read: whoever reads slowly slows the reading of the rows down. */
export const zipArchiver = Layer.succeed(
  ExportArchiver,
  ExportArchiver.of({
    pack: (content) => Stream.orDie(Stream.suspend(() => Stream.fromAsyncIterable(packed(content), (error) => error)))
  })
)
