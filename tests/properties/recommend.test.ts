import { assert, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import fc from "fast-check"
import { UserId } from "@veza/domain/kernel"
import { idsCrypto } from "@veza/adapters/crypto"
import { blend, perOwner, type Track, TrackId } from "@veza/domain/tracks"
import { newTrack } from "../contracts/samples.ts"

const id = (n: number, kind: string) => `${kind}0000000-0000-4000-8000-${String(n).padStart(12, "0")}`
const owners = Array.from({ length: 5 }, (_, n) => UserId.make(id(n, "1")))
const made = DateTime.makeUnsafe(0)
const tracks: ReadonlyArray<Track> = await Effect.runPromise(
  Effect.forEach(Array.from({ length: 20 }), (_, n) =>
    newTrack(owners[n % owners.length] ?? assert.fail("no owner"), { id: TrackId.make(id(n, "2")), createdAt: made })
  ).pipe(Effect.provide(idsCrypto))
)
const lists = fc.array(fc.array(fc.constantFrom(...tracks), { maxLength: 12 }), { maxLength: 3 })

it("holds each track once, as many as there are up to the limit, in the order of the lists for each owner", () =>
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 25 }), (given, limit) => {
      const all = [...new Set(given.flat())]
      const chosen = blend(given, limit)
      assert.strictEqual(new Set(chosen).size, chosen.length)
      assert.strictEqual(chosen.length, Math.min(limit, all.length))
      for (const owner of owners) {
        const theirs = (some: ReadonlyArray<Track>) => some.filter(({ userId }) => userId === owner)
        assert.deepStrictEqual(theirs(chosen), theirs(all).slice(0, theirs(chosen).length))
      }
    })
  ))

it("gives an owner a third place only when every track of the others has its own", () =>
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 25 }), (given, limit) => {
      const all = [...new Set(given.flat())]
      const chosen = blend(given, limit)
      const count = (some: ReadonlyArray<Track>, owner: UserId) => some.filter(({ userId }) => userId === owner).length
      if (owners.some((owner) => count(chosen, owner) > perOwner)) {
        for (const owner of owners) {
          assert.isAtLeast(count(chosen, owner), Math.min(perOwner, count(all, owner)))
        }
      }
    })
  ))
