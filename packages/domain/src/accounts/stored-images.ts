import { DateTime, Effect, Option } from "effect"
import { Ids, type UserId } from "../kernel/index.ts"
import { UnsupportedImage } from "./errors.ts"
import { sniffImageFormat } from "./image-format.ts"
import { ImageFiles, ImageNotes, ImageProcessing, type ImageShape, type StoredImage } from "./image-ports.ts"

/** Pixels that are decoded; more would be a bomb. */
export const maxImagePixels = 40_000_000
/** Of every image that is stored. */
export const imageContentType = "image/webp"

/** What the keys of all images of somebody begin with. */
export const imageKeysOf = (user: UserId): string => `images/${user}/`

/** The key under which an image is stored; made anew each time, so that no file is ever both wanted and removed. */
export const imageKeyOf = (user: UserId, image: string): string => `${imageKeysOf(user)}${image}.webp`

/**
 * Judges an image by its content, draws it anew and stores it among those of `owner`. Its file is noted before it is
 * written: whoever does not come to show it leaves it to the sweep.
 */
export const storeImage = Effect.fnUntraced(function* (owner: UserId, sent: Uint8Array, shape: ImageShape) {
  if (sniffImageFormat(sent) === undefined) return yield* new UnsupportedImage()
  const drawn = yield* (yield* ImageProcessing).draw(sent, shape)
  const now = yield* DateTime.now
  const storageKey = imageKeyOf(owner, yield* (yield* Ids).entity)
  yield* (yield* ImageNotes).note(storageKey, now)
  yield* (yield* ImageFiles).write(storageKey, drawn.bytes)
  return { storageKey, contentHash: drawn.sha256, changedAt: now } satisfies StoredImage
})

/** Removes the file of an image that nothing shows, then its note. Harmless to repeat. */
export const discardImage = Effect.fnUntraced(function* (storageKey: string) {
  yield* (yield* ImageFiles).remove(storageKey)
  yield* (yield* ImageNotes).forget(storageKey)
})

/** Nothing shows the file any longer; whatever stops us here, the sweep finds it. */
export const discardFormer = Option.match({ onNone: () => Effect.void, onSome: discardImage })

/** The bytes of an image that is shown; that its file is gone is an operator's matter. */
export const bytesOfImage = Effect.fnUntraced(function* ({ storageKey }: StoredImage) {
  const bytes = yield* (yield* ImageFiles).read(storageKey)
  if (Option.isNone(bytes)) yield* Effect.logError("the file of an image is missing", { storage_key: storageKey })
  return bytes
})

/** Files that one run of the sweep removes at most. */
const batch = 500

/** Job: removes files that nothing has shown for an hour; answers how many. An upload never takes as long. */
export const sweepImages = Effect.fn("accounts.sweepImages")(function* () {
  const unused = yield* (yield* ImageNotes).unused(DateTime.subtract(yield* DateTime.now, { hours: 1 }), batch)
  yield* Effect.forEach(unused, discardImage, { discard: true })
  return unused.length
})
