import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { sharpImages } from "@veza/adapters/images"
import { ImageProcessing, imageShapes, maxImagePixels } from "@veza/domain/accounts"
import { aboutImage, animation, meanColour, photo, picture, pngBomb, svg } from "../support/product/images.ts"

const draw = Effect.fnUntraced(function* (bytes: Buffer, shape = imageShapes.avatar) {
  return Buffer.from((yield* (yield* ImageProcessing).draw(bytes, shape)).bytes)
})
const made = <A>(image: () => Promise<A>) => Effect.promise(image)

layer(sharpImages)("images drawn anew", (it) => {
  it.effect("are WebP of the shape asked for, upright, and tell nothing of where they come from", () =>
    Effect.gen(function* () {
      const sent = yield* made(photo)
      assert.isTrue(sent.includes("Somebody Secret"))
      const avatar = yield* draw(sent)
      assert.deepInclude(yield* made(() => aboutImage(avatar)), {
        format: "webp",
        width: 512,
        height: 512,
        orientation: undefined,
        hasMetadata: false
      })
      assert.isFalse(avatar.includes("Exif") || avatar.includes("Somebody"))
      const banner = yield* draw(sent, imageShapes.banner)
      assert.deepInclude(yield* made(() => aboutImage(banner)), { width: 1500, height: 500 })
    })
  )

  for (const format of ["png", "webp", "avif", "gif"] as const) {
    it.effect(`are made from ${format}`, () =>
      Effect.gen(function* () {
        const avatar = yield* draw(yield* made(() => picture(format)))
        assert.deepInclude(yield* made(() => aboutImage(avatar)), { format: "webp", width: 512 })
      })
    )
  }

  it.effect("show the first frame of what moves", () =>
    Effect.gen(function* () {
      const avatar = yield* draw(yield* made(animation))
      assert.isTrue([undefined, 1].includes((yield* made(() => aboutImage(avatar))).pages))
      const [red = 0, , blue = 255] = yield* made(() => meanColour(avatar))
      assert.isTrue(red > 240 && blue < 20)
    })
  )

  it.effect("are not made from more pixels than allowed, however small the file", () =>
    Effect.gen(function* () {
      const side = Math.ceil(Math.sqrt(maxImagePixels)) + 1
      const bomb = pngBomb(side)
      assert.isBelow(bomb.length, 100_000)
      assert.strictEqual((yield* Effect.flip(draw(bomb)))._tag, "ImageTooLarge")
      assert.strictEqual((yield* Effect.flip(draw(pngBomb(20_000))))._tag, "ImageTooLarge")
    })
  )

  it.effect("are not made from what is damaged, drawn from text, or no image", () =>
    Effect.gen(function* () {
      const whole = yield* made(photo)
      const tiff = yield* made(() => picture("tiff"))
      for (const sent of [whole.subarray(0, whole.length / 2), svg, tiff, Buffer.from("words"), Buffer.alloc(0)]) {
        assert.strictEqual((yield* Effect.flip(draw(sent)))._tag, "UnsupportedImage")
      }
    })
  )
})

describe("the same image", () => {
  layer(sharpImages)((it) => {
    it.effect("has the same bytes and so the same tag", () =>
      Effect.gen(function* () {
        const sent = yield* made(photo)
        const { draw: drawn } = yield* ImageProcessing
        const [first, second] = [yield* drawn(sent, imageShapes.avatar), yield* drawn(sent, imageShapes.avatar)]
        assert.strictEqual(first.sha256, second.sha256)
        assert.match(first.sha256, /^[0-9a-f]{64}$/u)
      })
    )
  })
})
