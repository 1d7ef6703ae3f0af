import { createHash } from "node:crypto"
import { Effect, Layer, Semaphore } from "effect"
import {
  ImageProcessing,
  type ImageShape,
  ImageTooLarge,
  maxImagePixels,
  UnsupportedImage
} from "@veza/domain/accounts"
import { TemporarilyUnavailable } from "@veza/domain/kernel"

/** Images decoded at once, and callers who may wait for a place: a large one takes 160 MB while it is decoded. */
const places = 2
const queueLength = 16
/** Seconds after which decoding is given up. */
const patience = 10

const decoded = new Set(["jpeg", "png", "webp", "gif"])

/** Loaded with the first image: processes that never see one do without its memory. */
const loadSharp = async () => {
  const { default: sharp } = await import("sharp")
  sharp.cache(false)
  sharp.concurrency(1)
  return sharp
}
type Sharp = Awaited<ReturnType<typeof loadSharp>>

/** What the decoder says of an image that is too much, in pixels or in time. */
const isTooMuch = (error: unknown): boolean =>
  error instanceof Error && /exceeds pixel limit|^timeout|too large/iu.test(error.message)

const draw = async (sharp: Sharp, bytes: Uint8Array, { width, height }: ImageShape) => {
  const options = { limitInputPixels: maxImagePixels, failOn: "error", pages: 1 } as const
  const head = await sharp(bytes, { ...options, limitInputPixels: false }).metadata()
  if (!decoded.has(head.format) && head.compression !== "av1") throw new UnsupportedImage()
  if (head.width * head.height > maxImagePixels) throw new ImageTooLarge({ maxPixels: maxImagePixels })
  const drawn = await sharp(bytes, options)
    .timeout({ seconds: patience })
    .autoOrient()
    .resize(width, height, { fit: "cover" })
    .webp({ quality: 82 })
    .toBuffer()
  return { bytes: new Uint8Array(drawn), sha256: createHash("sha256").update(drawn).digest("hex") }
}

type Drawn = Awaited<ReturnType<typeof draw>>

/** Whatever else the decoder stumbles over, it is the image's fault. */
const toDomain = (error: unknown): UnsupportedImage | ImageTooLarge => {
  if (error instanceof UnsupportedImage || error instanceof ImageTooLarge) return error
  return isTooMuch(error) ? new ImageTooLarge({ maxPixels: maxImagePixels }) : new UnsupportedImage()
}

/** Images by libvips, in its own threads. */
export const sharpImages = Layer.effect(
  ImageProcessing,
  Effect.gen(function* () {
    const loaded = yield* Effect.cached(Effect.promise(loadSharp))
    const slots = yield* Semaphore.make(places)
    let waiting = 0
    return ImageProcessing.of({
      draw: (bytes, shape) =>
        Effect.suspend((): Effect.Effect<Drawn, UnsupportedImage | ImageTooLarge | TemporarilyUnavailable> => {
          if (waiting >= places + queueLength) return Effect.fail(new TemporarilyUnavailable({ retryAfter: 2 }))
          waiting++
          const drawing = Effect.flatMap(loaded, (sharp) =>
            Effect.tryPromise({ try: () => draw(sharp, bytes, shape), catch: toDomain })
          )
          return slots.withPermit(drawing).pipe(
            Effect.ensuring(
              Effect.sync(() => {
                waiting--
              })
            )
          )
        })
    })
  })
)
