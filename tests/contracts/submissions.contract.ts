import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Ids, type ListPlan } from "@veza/domain/kernel"
import {
  type Entry,
  type EntryStep,
  type HistorySort,
  type Releases,
  type SubmissionId,
  Submissions
} from "@veza/domain/distribution"
import type { TrackId } from "@veza/domain/tracks"
import { addRelease, addSubmission, contentOf, newSubmission } from "./distribution.samples.ts"
import { at, newTrackId } from "./samples.ts"

const whole: ListPlan<HistorySort> = {
  sort: "at",
  descending: false,
  limit: 100,
  start: { _tag: "After", key: undefined }
}
const step = (to: EntryStep["to"], seconds: number, more: Partial<EntryStep> = {}): EntryStep => ({
  to,
  by: "store",
  userId: null,
  reason: null,
  at: at(seconds),
  ...more
})
const now = Effect.fnUntraced(function* ({ id }: Pick<Entry, "id">) {
  return Option.getOrThrow(yield* (yield* Submissions).lockEntry(id))
})
const take = Effect.fnUntraced(function* (entry: Entry, what: EntryStep) {
  return yield* (yield* Submissions).take(yield* now(entry), what)
})
const movesOf = Effect.fnUntraced(function* (id: SubmissionId) {
  const { items } = yield* (yield* Submissions).history(id, whole)
  return items.map(({ from, to }) => `${from ?? ""}>${to}`)
})
const claim = Effect.fnUntraced(function* (seconds: number, until = seconds + 10) {
  const id = yield* (yield* Ids).entity
  return yield* (yield* Submissions).claimMessage(id, at(seconds), at(until))
})
/** Nothing else waits when this begins: what other tests left is settled. */
const settleAll = Effect.gen(function* () {
  const submissions = yield* Submissions
  for (;;) {
    const found = yield* claim(1_000_000, 1_000_001)
    if (Option.isNone(found)) return
    yield* submissions.settleMessage(found.value)
  }
})

/** What every store of submissions does. */
export const submissionsContract = <E>(name: string, adapter: Layer.Layer<Submissions | Releases | Users | Ids, E>) =>
  layer(adapter)(`Submissions: ${name}`, (it) => {
    it.effect("gives a submission back as it was added, and its history begins", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        const { submission, open } = yield* addSubmission()
        assert.deepStrictEqual(open, [])
        assert.deepStrictEqual(Option.getOrThrow(yield* submissions.byId(submission.id)), submission)
        assert.deepStrictEqual(yield* movesOf(submission.id), [">pending"])
        const filter = { ownerId: submission.ownerId }
        const { items } = yield* submissions.list(filter, { ...whole, sort: "created_at" })
        assert.deepStrictEqual(
          items.map(({ id }) => id),
          [submission.id]
        )
        assert.lengthOf(yield* submissions.pageOfOwner(submission.ownerId, undefined, 5), 1)
        assert.lengthOf(yield* submissions.pageOfOwner(submission.ownerId, submission, 5), 0)
      })
    )

    it.effect("opens one submission for each release and store, until it is over", () =>
      Effect.gen(function* () {
        const { release, entry } = yield* addSubmission()
        const again = yield* newSubmission(release)
        const by = { by: "owner", userId: release.ownerId } as const
        const add = Effect.flatMap(Submissions, (submissions) => submissions.add(again, contentOf(release), by))
        yield* take(entry, step("withdrawn", 20))
        assert.deepStrictEqual(yield* add, [])
        assert.deepStrictEqual((yield* addSubmission(release)).open, ["spotify"])
      })
    )

    it.effect("moves an entry only from where it was seen, as the table allows, and remembers each change", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        const { entry, submission } = yield* addSubmission()
        assert.isTrue(yield* submissions.take(entry, step("submitted", 11, { reference: "ref" })))
        assert.isFalse(yield* submissions.take(entry, step("submitted", 12)))
        assert.isFalse(yield* take(entry, step("withdrawn", 13)))
        assert.isTrue(yield* take(entry, step("processing", 14, { reason: "by hand" })))
        assert.isTrue(yield* take(entry, step("processing", 15, { reason: "still by hand" })))
        assert.isTrue(yield* take(entry, step("live", 16)))
        const { status, reference, liveAt, reason } = yield* now(entry)
        assert.deepStrictEqual([status, reference, liveAt, reason], ["live", "ref", at(16), null])
        assert.deepStrictEqual(Option.getOrThrow(yield* submissions.byId(submission.id)).updatedAt, at(16))
        assert.deepStrictEqual(yield* movesOf(submission.id), [
          ">pending",
          "pending>submitted",
          "submitted>processing",
          "processing>processing",
          "processing>live"
        ])
      })
    )

    it.effect("hands out each message that is due to one claim at a time, and again when that has run out", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        yield* settleAll
        const { entry, release } = yield* addSubmission(undefined, at(100))
        assert.isTrue(Option.isNone(yield* claim(99)))
        const first = Option.getOrThrow(yield* claim(100))
        assert.deepStrictEqual([first.entry.id, first.entry.attempts, first.releaseId], [entry.id, 1, release.id])
        assert.deepStrictEqual(first.content, contentOf(release))
        assert.isTrue(Option.isNone(yield* claim(105)))
        assert.isTrue(yield* submissions.holdMessage(first, at(120)))
        assert.isTrue(Option.isNone(yield* claim(115)))
        const second = Option.getOrThrow(yield* claim(120))
        assert.strictEqual(second.entry.attempts, 2)
        assert.isFalse(yield* submissions.holdMessage(first, at(200)))
        assert.isFalse(yield* submissions.settleMessage(first))
        yield* submissions.putOffMessage(second, at(300))
        assert.isTrue(Option.isNone(yield* claim(299)))
        const third = Option.getOrThrow(yield* claim(300))
        assert.isTrue(yield* submissions.settleMessage(third))
        assert.strictEqual((yield* now(entry)).sent, 1)
        assert.isTrue(Option.isNone(yield* claim(5000)))
      })
    )

    it.effect("has a message of a new number for what is sent next, with what that tells", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        yield* settleAll
        const { entry, release } = yield* addSubmission(undefined, at(100))
        yield* submissions.settleMessage(Option.getOrThrow(yield* claim(100)))
        yield* take(entry, step("rejected", 110))
        const content = contentOf(release, "High Tide")
        assert.isTrue(yield* take(entry, step("pending", 120, { message: "new", content })))
        const next = Option.getOrThrow(yield* claim(120))
        assert.deepStrictEqual([next.entry.message, next.entry.sent, next.content.title], [2, 1, "High Tide"])
      })
    )

    it.effect("is withdrawn without the store only before anybody began to send it", () =>
      Effect.gen(function* () {
        yield* settleAll
        const { entry } = yield* addSubmission(undefined, at(100))
        const withdraw = (seconds: number) => step("withdrawn", seconds, { onlyUnsent: true })
        yield* claim(100)
        assert.isFalse(yield* take(entry, withdraw(101)))
        assert.isTrue(yield* take(entry, step("takedown_requested", 102, { message: "takedown" })))
        const { entry: other } = yield* addSubmission(undefined, at(100))
        assert.isTrue(yield* take(other, withdraw(103)))
        const found = yield* Effect.flatMap(now(other), ({ sent, message }) => Effect.succeed(sent === message))
        assert.isTrue(found)
      })
    )

    it.effect("finds what is open of somebody, and of a track", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        const { entry, release } = yield* addSubmission()
        const { entry: over, submission } = yield* addSubmission(yield* addRelease(release.ownerId))
        yield* take(over, step("withdrawn", 20))
        const idsOf = (entries: ReadonlyArray<Entry>) => entries.map(({ id }) => id)
        assert.deepStrictEqual(idsOf(yield* submissions.openOf({ owner: release.ownerId })), [entry.id])
        const track = release.draft.tracks[0]?.track_id
        if (track === undefined) return assert.fail("no track")
        assert.deepStrictEqual(idsOf(yield* submissions.openOf({ track })), [entry.id])
        yield* submissions.amend(submission.id, { ...submission, title: "Other" }, at(30))
        assert.strictEqual(Option.getOrThrow(yield* submissions.byId(submission.id)).title, "Other")
      })
    )

    it.effect("finds a track that a change left out until the store says that it took the change", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        const [kept, left] = [yield* newTrackId, yield* newTrackId]
        const { entry, release } = yield* addSubmission(yield* addRelease(undefined, at(0), kept, left))
        const finds = (track: TrackId) =>
          Effect.map(submissions.openOf({ track }), (found) => found.some(({ id }) => id === entry.id))
        yield* take(entry, step("live", 11))
        const whole = contentOf(release)
        const content = { ...whole, tracks: whole.tracks.slice(0, 1) }
        yield* take(entry, step("live", 12, { message: "update", content }))
        assert.deepStrictEqual([yield* finds(kept), yield* finds(left)], [true, true])
        assert.deepStrictEqual(yield* submissions.confirm(entry), [])
        assert.isTrue(yield* finds(left))
        assert.deepStrictEqual(yield* submissions.confirm(yield* now(entry)), [kept])
        assert.deepStrictEqual([yield* finds(kept), yield* finds(left)], [true, false])
        // Sent again after a refusal it is new: nothing of what was told before is sold.
        const { entry: other } = yield* addSubmission(yield* addRelease(undefined, at(0), kept, left))
        yield* take(other, step("rejected", 13))
        yield* take(other, step("pending", 14, { message: "new", content }))
        const found = yield* submissions.openOf({ track: left })
        assert.deepStrictEqual(found, [])
      })
    )

    it.effect("takes what failed for something that the store may have, when it is sent again", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        yield* settleAll
        const [kept, left] = [yield* newTrackId, yield* newTrackId]
        const { entry, release } = yield* addSubmission(yield* addRelease(undefined, at(0), kept, left), at(100))
        yield* submissions.settleMessage(Option.getOrThrow(yield* claim(100)))
        yield* take(entry, step("failed", 110))
        const whole = contentOf(release)
        const content = { ...whole, tracks: whole.tracks.slice(0, 1) }
        yield* take(entry, step("pending", 120, { message: "new", content }))
        const [found] = yield* submissions.openOf({ track: left })
        assert.deepStrictEqual([found?.id, found?.attempts], [entry.id, 0])
        assert.isFalse(yield* take(entry, step("withdrawn", 130, { onlyUnsent: true })))
        assert.isTrue(yield* take(entry, step("takedown_requested", 130, { message: "takedown" })))
      })
    )

    it.effect("sends nothing any more of what a store took down itself", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        yield* settleAll
        const { entry } = yield* addSubmission(undefined, at(100))
        yield* submissions.settleMessage(Option.getOrThrow(yield* claim(100)))
        yield* take(entry, step("live", 110))
        yield* take(entry, step("live", 111, { message: "update" }))
        yield* take(entry, step("taken_down", 112))
        assert.isTrue(Option.isNone(yield* claim(5000)))
      })
    )

    it.effect("has a message wait until it is due", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        yield* settleAll
        const { entry } = yield* addSubmission(undefined, at(100))
        yield* submissions.settleMessage(Option.getOrThrow(yield* claim(100)))
        yield* take(entry, step("takedown_requested", 110, { message: "takedown", dueAt: at(500) }))
        assert.isTrue(Option.isNone(yield* claim(499)))
        assert.strictEqual(Option.getOrThrow(yield* claim(500)).entry.message, 2)
      })
    )

    it.effect("tells who waits for a store's word, each once in a while", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        yield* settleAll
        const { entry } = yield* addSubmission(undefined, at(100))
        yield* submissions.settleMessage(Option.getOrThrow(yield* claim(100)))
        yield* take(entry, step("submitted", 101))
        const waiting = (since: number, seconds: number) =>
          Effect.map(submissions.waitingSince(at(since), at(seconds), 100), (found) =>
            found.some(({ id }) => id === entry.id)
          )
        assert.isFalse(yield* waiting(101, 200))
        assert.isTrue(yield* waiting(102, 200))
        assert.isFalse(yield* waiting(200, 300))
        assert.isTrue(yield* waiting(201, 300))
        yield* take(entry, step("live", 302))
        assert.isFalse(yield* waiting(400, 400))
        const change = Effect.fnUntraced(function* (seconds: number) {
          yield* take(entry, step("live", seconds, { message: "update" }))
          yield* submissions.settleMessage(Option.getOrThrow(yield* claim(seconds)))
        })
        yield* change(410)
        assert.isTrue(yield* waiting(411, 500))
        yield* submissions.confirm(yield* now(entry))
        assert.isFalse(yield* waiting(600, 600))
        yield* change(610)
        yield* take(entry, step("live", 611, { reason: "The store did not take the change" }))
        assert.isFalse(yield* waiting(700, 700))
      })
    )

    it.effect("asks about what is sold after what is not yet", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        yield* settleAll
        // What other tests left waits for long.
        yield* submissions.waitingSince(at(5_000_000), at(5_000_000), 1000)
        const [sold, other] = [yield* addSubmission(undefined, at(100)), yield* addSubmission(undefined, at(200))]
        yield* take(sold.entry, step("live", 101))
        yield* take(sold.entry, step("live", 102, { message: "update" }))
        yield* take(other.entry, step("submitted", 201))
        yield* settleAll
        const next = (seconds: number) => submissions.waitingSince(at(1000), at(seconds), 1)
        const found = [...(yield* next(1000)), ...(yield* next(1000)), ...(yield* next(1000))]
        assert.deepStrictEqual(
          found.map(({ id }) => id),
          [other.entry.id, sold.entry.id]
        )
      })
    )

    it.effect("hears each event of a store once, until it is forgotten", () =>
      Effect.gen(function* () {
        const submissions = yield* Submissions
        const event = yield* (yield* Ids).entity
        const hear = (platform: "spotify" | "deezer") => submissions.recordCallback(platform, event, at(50))
        assert.deepStrictEqual(
          [yield* hear("spotify"), yield* hear("spotify"), yield* hear("deezer")],
          [true, false, true]
        )
        assert.strictEqual(yield* submissions.forgetCallbacks(at(50)), 0)
        assert.strictEqual(yield* submissions.forgetCallbacks(DateTime.add(at(50), { seconds: 1 })), 2)
        assert.isTrue(yield* hear("spotify"))
      })
    )
  })
