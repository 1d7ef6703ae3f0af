import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Option, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import { memoryAdapters } from "@veza/adapters/memory"
import {
  applyStatus,
  askStores,
  CallbackRefused,
  deliveryIdOf,
  Distributor,
  type Entry,
  type EntryStep,
  type HistorySort,
  maxAttempts,
  messageBackoff,
  Platform,
  Recordings,
  sendMessage,
  stopEntry,
  stopTrack,
  type StoreState,
  StoreReport,
  type StoreStatus,
  type SubmissionId,
  StoreUnavailable,
  Submissions
} from "@veza/domain/distribution"
import type { ListPlan } from "@veza/domain/kernel"
import { RecordingShares } from "@veza/domain/royalties"
import { OutboxQueue } from "@veza/domain/platform"
import { Notices } from "@veza/domain/tracks"
import { addRelease, addSubmission, contentOf } from "../contracts/distribution.samples.ts"
import { addReadyTrack, addUser, at } from "../contracts/samples.ts"

const latest: ListPlan<HistorySort> = {
  sort: "at",
  descending: true,
  limit: 10,
  start: { _tag: "After", key: undefined }
}
const isNews = Schema.is(
  Schema.Struct({ template: Schema.Literal("distribution_news"), submissionId: Schema.String, news: Schema.String })
)

/** A store of which the test says what it knows and whether it answers. */
class Store {
  knows: StoreStatus | undefined = undefined
  answers = true
  asked = 0
  sent = 0

  readonly #refuse = Effect.fail(new StoreUnavailable({ message: "nobody answers" }))
  readonly #take = Effect.suspend(() => {
    this.sent++
    if (!this.answers) return this.#refuse
    this.knows = { state: "accepted" }
    return Effect.succeed(this.knows)
  })

  readonly layer = Layer.succeed(
    Distributor,
    Distributor.of({
      platforms: Platform.literals,
      status: () =>
        Effect.suspend(() => {
          this.asked++
          return Effect.succeed(Option.fromNullishOr(this.knows))
        }),
      deliver: () => this.#take,
      takedown: () => this.#take,
      parseCallback: () => Result.fail(new CallbackRefused({ reason: "signature" }))
    })
  )
}

const begin = Effect.gen(function* () {
  yield* TestClock.setTime(at(10).epochMilliseconds)
  const { id: owner } = yield* addUser({ isVerified: true })
  const { id: track } = yield* addReadyTrack(owner)
  return yield* addSubmission(yield* addRelease(owner, at(0), track))
})
const now = Effect.fnUntraced(function* (id: Parameters<Submissions["Service"]["lockEntry"]>[0]) {
  return Option.getOrThrow(yield* (yield* Submissions).lockEntry(id))
})
const take = Effect.fnUntraced(function* ({ id }: Pick<Entry, "id">, step: Partial<EntryStep> & Pick<EntryStep, "to">) {
  const whole = { by: "owner", userId: null, reason: null, at: at(10), ...step } as const
  assert.isTrue(yield* (yield* Submissions).take(yield* now(id), whole))
})
/** What is mailed about a submission, in its order. */
const newsFor = Effect.fnUntraced(function* (id: SubmissionId) {
  const queue = yield* OutboxQueue
  const news: Array<string> = []
  for (;;) {
    const claimed = yield* queue.claim(100, Duration.minutes(1))
    if (claimed.length === 0) return news
    for (const { sequence, event } of claimed) {
      if (isNews(event.payload) && event.payload.submissionId === id) news.push(event.payload.news)
      yield* queue.done(sequence)
    }
  }
})
const withStore = (store: Store) => Effect.provide(Layer.merge(memoryAdapters, store.layer))

describe("a message to a store that does not answer", () => {
  it.effect("is tried ever more rarely, then the delivery has failed and says why", () => {
    const store = new Store()
    store.answers = false
    return Effect.gen(function* () {
      const { entry } = yield* begin
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        assert.strictEqual((yield* now(entry.id)).status, "pending")
        const report = yield* sendMessage()
        assert.strictEqual(report?.outcome, attempt === maxAttempts ? "given_up" : "put_off")
        yield* TestClock.adjust(`${messageBackoff(attempt) - 1} seconds`)
        assert.isUndefined(yield* sendMessage())
        yield* TestClock.adjust("1 second")
      }
      const { status, reason } = yield* now(entry.id)
      assert.deepStrictEqual([status, reason, store.sent], ["failed", "nobody answers", maxAttempts])
    }).pipe(withStore(store))
  })

  it.effect("is never given up when it is a takedown", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry } = yield* begin
      yield* sendMessage()
      const step = { to: "takedown_requested", by: "owner", userId: null, reason: null, message: "takedown" } as const
      assert.isTrue(yield* (yield* Submissions).take(yield* now(entry.id), { ...step, at: at(20) }))
      store.knows = undefined
      store.answers = false
      for (let attempt = 1; attempt <= 2 * maxAttempts; attempt++) {
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* sendMessage())?.outcome, "put_off")
      }
      store.answers = true
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* sendMessage())?.outcome, "sent")
    }).pipe(withStore(store))
  })
})

describe("a store whose callback was lost", () => {
  it.effect("is asked after a quarter of an hour, and believed", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry } = yield* begin
      assert.strictEqual((yield* sendMessage())?.outcome, "sent")
      store.knows = { state: "live" }
      const before = store.asked
      assert.deepStrictEqual([yield* askStores(), store.asked - before], [0, 0])
      yield* TestClock.adjust("16 minutes")
      assert.deepStrictEqual([yield* askStores(), (yield* now(entry.id)).status], [1, "live"])
    }).pipe(withStore(store))
  })
})

describe("a store whose answer to a change was lost", () => {
  it.effect("is asked after a quarter of an hour, until it answers or refuses", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, submission } = yield* begin
      yield* sendMessage()
      yield* applyStatus(entry.id, submission, 1, { state: "live" })
      for (const [n, answer] of (["live", "rejected"] as const).entries()) {
        yield* take(entry, { to: "live", message: "update" })
        store.knows = undefined
        assert.strictEqual((yield* sendMessage())?.outcome, "sent")
        const asked = Effect.gen(function* () {
          yield* TestClock.adjust("16 minutes")
          const before = store.asked
          yield* askStores()
          return store.asked - before
        })
        assert.deepStrictEqual([yield* asked, yield* asked], [1, 1])
        store.knows = { state: answer, reason: `answer ${n}` }
        assert.deepStrictEqual([yield* asked, yield* asked], [1, 0])
      }
      assert.deepStrictEqual(yield* newsFor(submission.id), ["live", "change_refused"])
    }).pipe(withStore(store))
  })
})

describe("a delivery that failed though the store has it", () => {
  const failed = Effect.gen(function* () {
    const begun = yield* begin
    yield* sendMessage()
    yield* applyStatus(begun.entry.id, begun.submission, 1, { state: "failed" })
    yield* take(begun.entry, { to: "pending", message: "new" })
    return begun
  })

  it.effect("ends by a takedown, too, when it waits to be sent again", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry } = yield* failed
      const stopping = { by: "owner", userId: null, reason: null, at: at(30) } as const
      assert.strictEqual(yield* stopEntry(yield* now(entry.id), stopping), "takedown_requested")
    }).pipe(withStore(store))
  })

  it.effect("is sold when the store says so, whatever it says of what was sent again", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, submission } = yield* failed
      store.knows = { state: "rejected", reason: "The UPC is there already" }
      yield* sendMessage()
      assert.strictEqual((yield* now(entry.id)).status, "rejected")
      assert.strictEqual(yield* applyStatus(entry.id, submission, 1, { state: "live" }), "moved")
      assert.strictEqual((yield* now(entry.id)).status, "live")
      assert.deepStrictEqual(yield* newsFor(submission.id), ["failed", "rejected", "live"])
    }).pipe(withStore(store))
  })
})

describe("a store that says late that it sells", () => {
  it.effect("has sold the recordings, though it was asked to take them down by then", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, submission, release } = yield* begin
      yield* sendMessage()
      const isrc = contentOf(release).tracks[0]?.isrc ?? ""
      yield* (yield* Recordings).claim({
        trackId: contentOf(release).tracks[0]?.track_id ?? assert.fail("no track"),
        ownerId: release.ownerId,
        isrc,
        title: "",
        assigned: false,
        createdAt: at(0)
      })
      const isSold = Effect.map(
        Effect.flatMap(RecordingShares, (shares) => shares.byIsrc([isrc])),
        ({ length }) => length > 0
      )
      yield* take(entry, { to: "takedown_requested", message: "takedown" })
      assert.isFalse(yield* isSold)
      yield* applyStatus(entry.id, submission, 1, { state: "live" })
      assert.isTrue(yield* isSold)
      assert.strictEqual((yield* now(entry.id)).status, "takedown_requested")
    }).pipe(withStore(store))
  })

  it.effect("is not believed any more, though it says so after it said that it sells no longer", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, submission } = yield* begin
      yield* sendMessage()
      yield* applyStatus(entry.id, submission, 1, { state: "taken_down", reason: "by the store" })
      yield* applyStatus(entry.id, submission, 1, { state: "live" })
      assert.strictEqual((yield* now(entry.id)).status, "taken_down")
    }).pipe(withStore(store))
  })
})

describe("a reason that a store gives", () => {
  it.effect("is heard however long it is and whatever is in it, and told in part", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, submission } = yield* begin
      yield* sendMessage()
      const reason = `Track 1:\0 ${"it is too quiet. ".repeat(3000)}\ud83d`
      const report = { id: "1", delivery_id: deliveryIdOf(entry.id, 1), state: "rejected", reason } as const
      const heard = yield* Schema.decodeUnknownEffect(StoreReport)(report)
      yield* applyStatus(entry.id, submission, 1, heard)
      const { status, reason: told } = yield* now(entry.id)
      assert.deepStrictEqual([status, told?.slice(0, 24)], ["rejected", "Track 1: it is too quiet"])
      assert.isAtMost(told?.length ?? 0, 2000)
    }).pipe(withStore(store))
  })
})

describe("the owner of a submission", () => {
  it.effect("is mailed once what became of it, however often the store says so", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, submission } = yield* begin
      yield* sendMessage()
      const said = ["processing", "manual_check", "rejected", "rejected", "live", "live", "processing", "taken_down"]
      for (const state of said as ReadonlyArray<StoreState>) {
        yield* applyStatus(entry.id, submission, 1, { state, reason: "because" })
      }
      assert.deepStrictEqual(yield* newsFor(submission.id), ["rejected", "live", "taken_down"])
    }).pipe(withStore(store))
  })

  it.effect("is mailed when a change is not taken, once for each reason", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, submission } = yield* begin
      yield* sendMessage()
      yield* applyStatus(entry.id, submission, 1, { state: "live" })
      const step = { to: "live", by: "owner", userId: null, reason: null, message: "update" } as const
      yield* (yield* Submissions).take(yield* now(entry.id), { ...step, at: at(20) })
      for (const reason of ["the cover", "the cover", "the title"]) {
        yield* applyStatus(entry.id, submission, 2, { state: "rejected", reason })
      }
      assert.deepStrictEqual(yield* newsFor(submission.id), ["live", "change_refused", "change_refused"])
      assert.strictEqual((yield* now(entry.id)).status, "live")
    }).pipe(withStore(store))
  })
})

describe("a track that is blocked for a claim", () => {
  it.effect(
    "is found in what a store still sells though a change left it out, until the store takes the change",
    () => {
      const store = new Store()
      return Effect.gen(function* () {
        const { id: owner } = yield* addUser()
        const tracks = [yield* addReadyTrack(owner), yield* addReadyTrack(owner)]
        const begun = yield* addSubmission(yield* addRelease(owner, at(0), ...tracks.map(({ id }) => id)))
        yield* TestClock.setTime(at(30).epochMilliseconds)
        const { entry, submission, release } = begun
        yield* sendMessage()
        yield* applyStatus(entry.id, submission, 1, { state: "live" })
        const content = { ...contentOf(release), tracks: contentOf(release).tracks.slice(0, 1) }
        const step = { to: "live", by: "owner", userId: null, reason: null, message: "update", content } as const
        yield* (yield* Submissions).take(yield* now(entry.id), { ...step, at: at(31) })
        yield* applyStatus(entry.id, submission, 2, { state: "rejected", reason: "no" })
        const left = tracks[1]
        if (left === undefined) return assert.fail("no track")
        yield* stopTrack(left.id, "The track is blocked for a claim")
        assert.strictEqual((yield* now(entry.id)).status, "takedown_requested")
      }).pipe(withStore(store))
    }
  )

  it.effect("goes to no store any more, and its owner learns why", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, release, submission } = yield* begin
      const [track] = release.draft.tracks
      if (track === undefined) return assert.fail("no track")
      yield* (yield* Notices).blockTrack(track.track_id, at(11))
      assert.strictEqual((yield* sendMessage())?.outcome, "refused")
      const { status, reason } = yield* now(entry.id)
      assert.deepStrictEqual([status, store.sent], ["rejected", 0])
      assert.include(reason ?? "", "blocked for a claim")
      const { items } = yield* (yield* Submissions).history(submission.id, latest)
      assert.strictEqual(items.find(({ to }) => to === "rejected")?.by, "system")
    }).pipe(withStore(store))
  })

  it.effect("is taken off the stores that have it, once however often that is asked", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, release } = yield* begin
      const [track] = release.draft.tracks
      if (track === undefined) return assert.fail("no track")
      yield* sendMessage()
      yield* stopTrack(track.track_id, "The track is blocked for a claim")
      yield* stopTrack(track.track_id, "The track is blocked for a claim")
      const { status, message, kind } = yield* now(entry.id)
      assert.deepStrictEqual([status, message, kind], ["takedown_requested", 2, "takedown"])
    }).pipe(withStore(store))
  })
})

describe("a takedown that the store does not do", () => {
  it.effect("is asked for again after some hours, for as long as it takes, and its owner hears of it once", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry, submission } = yield* begin
      yield* sendMessage()
      const step = { to: "takedown_requested", by: "owner", userId: null, reason: null, message: "takedown" } as const
      yield* (yield* Submissions).take(yield* now(entry.id), { ...step, at: at(10) })
      store.knows = undefined
      assert.strictEqual((yield* sendMessage())?.outcome, "sent")
      const refused = { state: "rejected", reason: "Ask the label" } as const
      for (let message = 2; message < 5; message++) {
        assert.strictEqual(yield* applyStatus(entry.id, submission, message, refused), "noted")
        assert.strictEqual(yield* applyStatus(entry.id, submission, message, refused), "ignored")
        store.knows = undefined
        assert.isUndefined(yield* sendMessage())
        yield* TestClock.adjust("6 hours")
        assert.strictEqual((yield* sendMessage())?.outcome, "sent")
      }
      assert.deepStrictEqual(yield* newsFor(submission.id), ["takedown_refused"])
      assert.strictEqual(yield* applyStatus(entry.id, submission, 5, { state: "taken_down" }), "moved")
      assert.strictEqual((yield* now(entry.id)).status, "taken_down")
    }).pipe(withStore(store))
  })
})

describe("a takedown that the store has lost", () => {
  it.effect("is asked for again, where a store that answers shows that it has none", () => {
    const store = new Store()
    return Effect.gen(function* () {
      const { entry } = yield* begin
      yield* sendMessage()
      const step = { to: "takedown_requested", by: "owner", userId: null, reason: null, message: "takedown" } as const
      yield* (yield* Submissions).take(yield* now(entry.id), { ...step, at: at(10) })
      store.knows = undefined
      assert.strictEqual((yield* sendMessage())?.outcome, "sent")
      store.knows = undefined
      yield* TestClock.adjust("16 minutes")
      yield* askStores()
      yield* TestClock.adjust("6 hours")
      assert.strictEqual((yield* sendMessage())?.outcome, "sent")
      assert.strictEqual((yield* now(entry.id)).message, 3)
    }).pipe(withStore(store))
  })
})

describe("a message that a worker before had sent", () => {
  it.effect("is not sent again: the store knows it", () => {
    const store = new Store()
    store.knows = { state: "processing" }
    return Effect.gen(function* () {
      const { entry } = yield* begin
      assert.strictEqual((yield* sendMessage())?.outcome, "known")
      assert.deepStrictEqual([(yield* now(entry.id)).status, store.sent], ["processing", 0])
    }).pipe(withStore(store))
  })
})
