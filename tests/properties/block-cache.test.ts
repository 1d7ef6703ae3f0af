import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { BlockCache, blockSize } from "@veza/adapters/storage"

const paths = ["a", "b"] as const
const fileSize = Math.floor(blockSize * 3.5)
/** What a file holds: told by its path and the position alone, so that a wrong block shows. */
const byteAt = (path: string, position: number): number => (position * 7 + path.charCodeAt(0)) % 251
const load = (path: string) => async (buffer: Uint8Array, position: number) => {
  const length = Math.min(buffer.length, Math.max(0, fileSize - position))
  for (let i = 0; i < length; i++) buffer[i] = byteAt(path, position + i)
  return length
}

type Step = { readonly does: "read" | "drop"; readonly path: string; readonly position: number }
const step: fc.Arbitrary<Step> = fc.record({
  does: fc.oneof({ arbitrary: fc.constant("read" as const), weight: 9 }, fc.constant("drop" as const)),
  path: fc.constantFrom(...paths),
  position: fc.integer({ min: 0, max: fileSize - 1 })
})

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe("keeping blocks of files", () => {
  it("has at hand only what the file holds there, up to the end of a block", () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 0, max: 3 }), async (steps, blocks) => {
        const cache = new BlockCache(blocks * blockSize)
        for (const { does, path, position } of steps) {
          if (does === "drop") {
            cache.drop(path)
            assert.isUndefined(cache.peek(path, position))
            continue
          }
          const found = cache.peek(path, position)
          if (found === undefined) cache.missed(path, position, load(path))
          else {
            assert.strictEqual(
              (position + found.length) % blockSize === 0 || position + found.length === fileSize,
              true
            )
            for (const i of [0, found.length >> 1, found.length - 1]) {
              assert.strictEqual(found[i], byteAt(path, position + i))
            }
          }
          await settled()
        }
      }),
      { numRuns: 60 }
    ))

  it("keeps what is asked for a second time, never more than its capacity", async () => {
    const cache = new BlockCache(2 * blockSize)
    const has = (block: number) => cache.peek("a", block * blockSize) !== undefined
    const ask = async (block: number) => {
      if (!has(block)) cache.missed("a", block * blockSize, load("a"))
      await settled()
    }
    await ask(0)
    assert.isFalse(has(0))
    await ask(0)
    assert.isTrue(has(0))
    for (const block of [1, 1, 2, 2]) await ask(block)
    assert.deepStrictEqual([0, 1, 2].map(has), [false, true, true])
  })

  it("does not keep a block whose file was removed while it was read, nor one that could not be read", async () => {
    const cache = new BlockCache(2 * blockSize)
    for (const _ of [1, 2]) cache.missed("a", 0, load("a"))
    cache.drop("a")
    await settled()
    assert.isUndefined(cache.peek("a", 0))
    for (const _ of [1, 2]) cache.missed("b", 0, () => Promise.reject(new Error("no")))
    await settled()
    assert.isUndefined(cache.peek("b", 0))
  })
})
