import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { AccountErasure, type Users } from "@veza/domain/accounts"
import { type Ids, type ListPlan, Transaction } from "@veza/domain/kernel"
import {
  type Recordings,
  Recordings as Codes,
  Releases,
  type ReleaseSort,
  Submissions
} from "@veza/domain/distribution"
import { addRelease, addSubmission, coverOf, draftOf } from "./distribution.samples.ts"
import { addUser, at, newTrackId } from "./samples.ts"

const plan = (start: ListPlan<ReleaseSort>["start"]): ListPlan<ReleaseSort> => ({
  sort: "created_at",
  descending: true,
  limit: 2,
  start
})

/** What every store of releases does. */
export const releasesContract = <E>(
  name: string,
  adapter: Layer.Layer<AccountErasure | Releases | Recordings | Submissions | Users | Ids | Transaction, E>
) =>
  layer(adapter)(`Releases: ${name}`, (it) => {
    it.effect("gives a release back as it was added, with its tracks in their order", () =>
      Effect.gen(function* () {
        const releases = yield* Releases
        const [one, two] = [yield* newTrackId, yield* newTrackId]
        const release = yield* addRelease(undefined, at(0), two, one)
        const found = Option.getOrThrow(yield* releases.byId(release.id))
        assert.deepStrictEqual(found.draft, release.draft)
        assert.deepStrictEqual([found.revision, found.cover, found.firstSubmittedAt], [1, null, null])
      })
    )

    it.effect("changes a draft only from the revision that was seen", () =>
      Effect.gen(function* () {
        const releases = yield* Releases
        const release = yield* addRelease()
        const track = yield* newTrackId
        const draft = { ...draftOf(track, track), title: "High Tide" }
        assert.deepStrictEqual(yield* releases.change(release.id, 1, draft, at(5)), Option.some(2))
        assert.isTrue(Option.isNone(yield* releases.change(release.id, 1, draftOf(), at(6))))
        assert.deepStrictEqual(Option.getOrThrow(yield* releases.byId(release.id)).draft, draft)
      })
    )

    it.effect("is held for whoever sends it, unless its owner's account is deleted", () =>
      Effect.gen(function* () {
        const releases = yield* Releases
        const release = yield* addRelease()
        const lock = Effect.flatMap(Transaction, ({ atomically }) => atomically(releases.lock(release.id)))
        assert.strictEqual(Option.getOrThrow(yield* lock).id, release.id)
        const gone = {
          username: `deleted-${release.ownerId}`,
          email: `deleted-${release.ownerId}@deleted.invalid`,
          passwordHash: "x"
        }
        yield* (yield* AccountErasure).anonymise(release.ownerId, gone, at(9))
        assert.isTrue(Option.isNone(yield* lock))
      })
    )

    it.effect("lists an owner's releases, the latest first, in pages", () =>
      Effect.gen(function* () {
        const releases = yield* Releases
        const { id: owner } = yield* addUser()
        const made = yield* Effect.forEach([1, 2, 3], (second) => addRelease(owner, at(second)))
        const first = yield* releases.ofOwner(owner, plan({ _tag: "After", key: undefined }))
        const second = yield* releases.ofOwner(owner, plan({ _tag: "After", key: first.next }))
        const ids = [...first.items, ...second.items].map(({ id }) => id)
        assert.deepStrictEqual(ids, made.map(({ id }) => id).toReversed())
        assert.isUndefined(second.next)
        assert.deepStrictEqual(
          first.items.map(({ outline, trackCount }) => [outline.title, trackCount, "tracks" in outline]),
          [
            ["Low Tide", 1, false],
            ["Low Tide", 1, false]
          ]
        )
        const [page] = yield* releases.pageOfOwner(owner, undefined, 1)
        assert.lengthOf(yield* releases.pageOfOwner(owner, page, 10), 2)
      })
    )

    it.effect("finds the latest release that a track is alone on", () =>
      Effect.gen(function* () {
        const releases = yield* Releases
        const { id: owner } = yield* addUser()
        const [track, other] = [yield* newTrackId, yield* newTrackId]
        yield* addRelease(owner, at(3), track, other)
        assert.isTrue(Option.isNone(yield* releases.ofTrackAlone(owner, track)))
        yield* addRelease(owner, at(1), track)
        const latest = yield* addRelease(owner, at(2), track)
        assert.strictEqual(Option.getOrThrow(yield* releases.ofTrackAlone(owner, track)).id, latest.id)
      })
    )

    it.effect("says which cover nothing shows any more", () =>
      Effect.gen(function* () {
        const releases = yield* Releases
        const release = yield* addRelease()
        const [first, second] = [coverOf(`images/${release.id}/1`), coverOf(`images/${release.id}/2`)]
        assert.isTrue(Option.isNone((yield* releases.setCover(release.id, first, at(1))).former))
        yield* releases.setCover(release.id, second, at(2))
        assert.deepStrictEqual(Option.getOrThrow(yield* releases.byId(release.id)).cover, second)
      })
    )

    it.effect("takes a UPC for one release only, however often", () =>
      Effect.gen(function* () {
        const releases = yield* Releases
        const codes = yield* Codes
        const [mine, other] = [yield* addRelease(), yield* addRelease()]
        const upc = mine.id.slice(0, 12)
        assert.isTrue(yield* releases.markSubmitted(mine.id, upc, at(1)))
        assert.isTrue(yield* releases.markSubmitted(mine.id, upc, at(2)))
        assert.isFalse(yield* releases.markSubmitted(other.id, upc, at(3)))
        assert.deepStrictEqual(
          [yield* codes.isUpcTaken(upc, mine.id), yield* codes.isUpcTaken(upc, other.id)],
          [false, true]
        )
        const marked = Option.getOrThrow(yield* releases.byId(mine.id))
        assert.deepStrictEqual(marked.firstSubmittedAt, at(1))
      })
    )

    it.effect("forgets the drafts of somebody, and what was told of releases that went to stores", () =>
      Effect.gen(function* () {
        const releases = yield* Releases
        const { id: owner } = yield* addUser()
        const [draft, sent] = [yield* addRelease(owner), yield* addRelease(owner)]
        yield* releases.markSubmitted(sent.id, sent.id.slice(0, 13), at(1))
        const { submission, entry } = yield* addSubmission(sent)
        const step = {
          to: "withdrawn",
          by: "owner",
          userId: owner,
          reason: "I, Maria, moved to Lyon",
          at: at(20)
        } as const
        yield* (yield* Submissions).take(entry, step)
        yield* releases.forgetOwner(owner)
        assert.isTrue(Option.isNone(yield* releases.byId(draft.id)))
        const left = Option.getOrThrow(yield* releases.byId(sent.id))
        assert.deepStrictEqual(
          [left.draft.title, left.draft.artists.length, left.draft.tracks.length],
          ["[deleted]", 0, 0]
        )
        const shown = Option.getOrThrow(yield* (yield* Submissions).byId(submission.id))
        assert.strictEqual(shown.title, "[deleted]")
        assert.deepStrictEqual(
          shown.entries.map(({ status, reason }) => [status, reason]),
          [["withdrawn", null]]
        )
        const { items } = yield* (yield* Submissions).history(submission.id, {
          ...plan({ _tag: "After", key: undefined }),
          sort: "at"
        })
        assert.deepStrictEqual(
          items.map(({ reason }) => reason),
          [null, null]
        )
      })
    )
  })
