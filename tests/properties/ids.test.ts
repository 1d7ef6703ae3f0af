import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import fc from "fast-check"
import { contentHashingCrypto, idsCrypto, secretsCrypto, uuidV7 } from "@veza/adapters/crypto"
import { Ids, Secrets, Uuid } from "@veza/domain/kernel"
import { ContentHashing } from "@veza/domain/tracks"

const millis = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const random = fc.uint8Array({ minLength: 10, maxLength: 10 })
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const digits = (id: string) => id.replaceAll("-", "")

describe("a version 7 UUID", () => {
  it("is a UUID of that version and variant which tells its time (RFC 9562 §5.7)", () =>
    fc.assert(
      fc.property(millis, random, (now, bytes) => {
        const id = uuidV7(now, hex(bytes))
        assert.isTrue(Schema.is(Uuid)(id))
        assert.strictEqual(id[14], "7")
        assert.match(id, /^.{19}[89ab]/u)
        assert.strictEqual(Number.parseInt(digits(id).slice(0, 12), 16), now)
      })
    ))

  it("sorts by time", () =>
    fc.assert(
      fc.property(millis, millis, random, random, (a, b, one, other) => {
        fc.pre(a < b)
        assert.isTrue(uuidV7(a, hex(one)) < uuidV7(b, hex(other)))
      })
    ))

  it("keeps all the randomness there is room for", () =>
    fc.assert(
      fc.property(millis, random, fc.nat(79), (now, bytes, bit) => {
        // The top four bits of the first byte and the top two of the third make way for version and variant.
        fc.pre(!(bit < 4 || bit === 16 || bit === 17))
        const other = bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte))
        assert.notStrictEqual(uuidV7(now, hex(bytes)), uuidV7(now, hex(other)))
        assert.strictEqual(uuidV7(now, hex(other)), uuidV7(now, hex(bytes) + hex(other), 20))
      })
    ))
})

describe("ids, secrets and hashes", () => {
  it.effect("gives entities version 4, rows version 7, and nobody the same twice", () =>
    Effect.gen(function* () {
      const ids = yield* Ids
      const [entities, rows] = [
        yield* Effect.replicateEffect(ids.entity, 100),
        [...(yield* Effect.replicateEffect(ids.row, 50)), ...(yield* ids.rows(50))]
      ]
      assert.isTrue(entities.every((id) => id[14] === "4") && rows.every((id) => id[14] === "7"))
      assert.strictEqual(new Set([...entities, ...rows]).size, 200)
    }).pipe(Effect.provide(idsCrypto))
  )

  it.effect("issues secrets of 32 bytes under the digest by which they are found again, and never shows them", () =>
    Effect.gen(function* () {
      const secrets = yield* Secrets
      const [one, other] = [yield* secrets.issue, yield* secrets.issue]
      assert.lengthOf(Buffer.from(Redacted.value(one.secret), "base64url"), 32)
      assert.deepStrictEqual(secrets.digest(one.secret), one.digest)
      assert.notDeepEqual(one.digest, other.digest)
      assert.notInclude(JSON.stringify(one), Redacted.value(one.secret))
    }).pipe(Effect.provide(secretsCrypto))
  )

  it.effect("hashes content the same however it is cut into chunks", () =>
    Effect.gen(function* () {
      const hashing = yield* ContentHashing
      const [whole, parts] = [yield* hashing.begin, yield* hashing.begin]
      whole.update(Buffer.from("abc"))
      for (const part of ["a", "", "bc"]) parts.update(Buffer.from(part))
      const known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      assert.deepStrictEqual([whole.digest(), parts.digest()], [known, known])
    }).pipe(Effect.provide(contentHashingCrypto))
  )
})
