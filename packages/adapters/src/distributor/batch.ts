import { createHash } from "node:crypto"
import { mkdir, open } from "node:fs/promises"
import { dirname, join } from "node:path"
import { DateTime, Effect, Option } from "effect"
import { bytesOfImage, ImageFiles } from "@veza/domain/accounts"
import { fileOfBytes, type StoredFile } from "@veza/domain/kernel"
import { MessageRefused, type OutgoingMessage, StoreUnavailable } from "@veza/domain/distribution"
import { TrackFiles } from "@veza/domain/tracks"
import { syncDirectory, writeAll } from "../storage/durable.ts"
import { ernFaults } from "./check-ern.ts"
import { newReleaseMessage, type WrittenFile } from "./ern.ts"
import { document, element } from "./xml.ts"

/** A batch as it lies in its folder. */
interface Batch {
  /** The folder, and the message's own folder within it. */
  readonly folder: string
  readonly messageFolder: string
  readonly xml: string
  /** Beside the message, below its folder. */
  readonly files: ReadonlyArray<WrittenFile>
}

const chunkSize = 256 * 1024

/** Copies a stored file in pieces, with its check sums. */
const copy = async (file: StoredFile, folder: string, path: string, signal: AbortSignal): Promise<WrittenFile> => {
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const [sha256, md5] = [createHash("sha256"), createHash("md5")]
  const buffer = new Uint8Array(chunkSize)
  const handle = await open(target, "wx", 0o600)
  let position = 0
  try {
    while (position < file.size) {
      signal.throwIfAborted()
      const length = await file.read(position, buffer)
      if (length === 0) throw new Error(`${path} ended after ${position} of ${file.size} bytes`)
      const piece = buffer.subarray(0, length)
      sha256.update(piece)
      md5.update(piece)
      await writeAll(handle, piece)
      position += length
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { path, sizeBytes: position, sha256: sha256.digest("hex"), md5: md5.digest("hex") }
}

const writeText = async (path: string, text: string): Promise<WrittenFile> => {
  const bytes = Buffer.from(text)
  const handle = await open(path, "wx", 0o600)
  try {
    await writeAll(handle, bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  const hash = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex")
  return { path, sizeBytes: bytes.length, sha256: hash("sha256"), md5: hash("md5") }
}

const unavailable = (cause: unknown) =>
  new StoreUnavailable({ message: `the batch could not be written: ${cause instanceof Error ? cause.message : "?"}` })

const attempt = <A>(work: (signal: AbortSignal) => Promise<A>) => Effect.tryPromise({ try: work, catch: unavailable })

const copySound = Effect.fnUntraced(function* (message: OutgoingMessage, at: number, folder: string) {
  const sound = message.sounds[at]
  const track = message.content.tracks[at]
  if (sound === undefined || track === undefined) return yield* Effect.die("a track without its sound")
  const file = yield* Effect.mapError((yield* TrackFiles).open(sound.place), () => unavailable(new Error("storage")))
  if (Option.isNone(file)) return yield* new MessageRefused({ reason: `The sound of “${track.title}” is missing` })
  const name = `${message.content.upc}_01_${String(at + 1).padStart(3, "0")}.${sound.format}`
  return yield* attempt((signal) => copy(file.value, folder, `resources/${name}`, signal))
}, Effect.scoped)

const copyCover = Effect.fnUntraced(function* ({ content: { cover, upc } }: OutgoingMessage, folder: string) {
  const bytes = yield* bytesOfImage(cover)
  if (Option.isNone(bytes)) return yield* new MessageRefused({ reason: "The cover is missing" })
  const file = fileOfBytes(bytes.value, DateTime.toDateUtc(cover.changedAt))
  const name = `resources/${upc}.${cover.format === "jpeg" ? "jpg" : "png"}`
  const written = yield* attempt((signal) => copy(file, folder, name, signal))
  return written.sha256 === cover.contentHash
    ? written
    : yield* new MessageRefused({ reason: "The cover is not what it was" })
})

/** What is in a batch, for whoever takes it over. */
const manifest = (message: OutgoingMessage, sender: string, written: WrittenFile, path: string): string =>
  document(
    element(
      "ManifestMessage",
      element(
        "MessageHeader",
        element("MessageId", `${message.deliveryId}.manifest`),
        element("MessageSender", element("PartyId", sender)),
        element("MessageCreatedDateTime", DateTime.formatIso(message.at))
      ),
      element("NumberOfMessages", "1"),
      element(
        "MessageInBatch",
        element("MessageType", "NewReleaseMessage"),
        element("MessageId", message.deliveryId),
        element("URI", path),
        element("IncludedReleaseId", element("ICPN", message.content.upc)),
        element("DeliveryType", message.kind === "takedown" ? "TakeDown" : "NewReleaseDelivery"),
        element("HashSum", element("Algorithm", "SHA-256"), element("HashSumValue", written.sha256)),
        element("HashSum", element("Algorithm", "MD5"), element("HashSumValue", written.md5))
      )
    )
  )

const sums = (files: ReadonlyArray<WrittenFile>, sum: (file: WrittenFile) => string): string =>
  files.map((file) => `${sum(file)}  ${file.path}\n`).join("")

const fill = Effect.fnUntraced(function* (message: OutgoingMessage, sender: string, batchFolder: string) {
  const { content, deliveryId, kind } = message
  const folder = join(batchFolder, content.upc)
  yield* attempt(() => mkdir(join(folder, "resources"), { recursive: true, mode: 0o700 }))
  const sounds =
    kind === "takedown" ? [] : yield* Effect.forEach(content.tracks, (_, at) => copySound(message, at, folder))
  const cover = kind === "takedown" ? undefined : yield* copyCover(message, folder)
  const files = cover === undefined ? sounds : [...sounds, cover]
  const xml = newReleaseMessage({ message, sender, sounds, cover })
  const faults = ernFaults(xml, files)
  if (faults.length > 0)
    return yield* new MessageRefused({ reason: `The message cannot be sent: ${faults.join("; ")}` })
  const name = `${content.upc}.xml`
  yield* attempt(async () => {
    const written = await writeText(join(folder, name), xml)
    const listed = [...files, { ...written, path: name }]
    await writeText(
      join(folder, "checksums.sha256"),
      sums(listed, (file) => file.sha256)
    )
    await writeText(
      join(folder, "checksums.md5"),
      sums(listed, (file) => file.md5)
    )
    const told = manifest(message, sender, written, `${content.upc}/${name}`)
    await writeText(join(batchFolder, `BatchComplete_${deliveryId}.xml`), told)
    await syncDirectory(folder)
    await syncDirectory(batchFolder)
  })
  return { xml, files }
})

/**
 * Writes a batch in the manner of DDEX's file-based choreography into a folder that it makes: the message, its resources,
 * check sums, and last the manifest.
 */
export const writeBatch = Effect.fnUntraced(function* (message: OutgoingMessage, sender: string, folder: string) {
  yield* attempt(() => mkdir(folder, { recursive: true, mode: 0o700 }))
  const { xml, files } = yield* fill(message, sender, folder)
  return { folder, messageFolder: join(folder, message.content.upc), xml, files } satisfies Batch
})

/** What writing a batch needs. */
export type BatchServices = ImageFiles | TrackFiles
