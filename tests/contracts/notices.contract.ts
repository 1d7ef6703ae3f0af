import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option, Schema } from "effect"
import fc from "fast-check"
import type { Users } from "@veza/domain/accounts"
import { cursorAfter, Ids, type ListQuery, planList, Transaction, type UserId } from "@veza/domain/kernel"
import {
  blockingStatuses,
  Notice,
  type NoticeFilter,
  NoticeId,
  noticeList,
  Notices,
  NoticeStatus,
  type NoticeStep,
  statusesBefore,
  TrackErasure,
  type TrackId,
  Tracks
} from "@veza/domain/tracks"
import { addReadyTrack, addUser, at, newTrackId } from "./samples.ts"

const plain = Schema.encodeSync(Notice)
type Fields = ConstructorParameters<typeof Notice>[0]

const newNotice = Effect.fnUntraced(function* (trackId: TrackId, ownerId: UserId, given: Partial<Fields> = {}) {
  return new Notice({
    id: NoticeId.make(yield* (yield* Ids).entity),
    trackId,
    ownerId,
    trackTitle: "Untitled",
    status: "received",
    claimantName: "Clara “C” O’Claim",
    claimantAddress: "1 High Street\nTown",
    claimantPhone: null,
    claimantEmail: "clara@example.org",
    onBehalfOf: null,
    signature: "/Clara/",
    workDescription: "A song – 𝄞",
    workUrl: null,
    createdAt: at(0),
    decidedAt: null,
    decidedBy: null,
    reason: null,
    counteredAt: null,
    counterName: null,
    counterAddress: null,
    counterPhone: null,
    counterStatement: null,
    counterSignature: null,
    restoredAt: null,
    restoredBy: null,
    claimantWithdrew: null,
    ...given
  })
})
const addNotice = Effect.fnUntraced(function* (trackId: TrackId, ownerId: UserId, given: Partial<Fields> = {}) {
  const notice: Notice = yield* newNotice(trackId, ownerId, given)
  yield* (yield* Notices).add(notice)
  return notice
})
const about = Effect.fnUntraced(function* (given: Partial<Fields> = {}) {
  const { id: ownerId } = yield* addUser()
  const { id: trackId } = yield* addReadyTrack(ownerId)
  return yield* addNotice(trackId, ownerId, given)
})
const stored = (id: NoticeId) =>
  Effect.map(
    Notices.use((notices) => notices.byId(id)),
    Option.getOrThrow
  )
const take = (id: NoticeId, step: NoticeStep) => Notices.use((notices) => notices.take(id, step))
const isBlocked = (id: TrackId) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    (track) => Option.getOrThrow(track).blockedAt !== null
  )

const statement = {
  statement: "It is my own song",
  sworn_statement: true,
  consent_to_jurisdiction: true,
  name: "Owen Owner",
  address: "2 Low Street",
  phone: "+1 555 0100",
  signature: "/Owen/"
} as const
const step = (to: NoticeStatus, by: UserId, seconds = 5): NoticeStep => {
  switch (to) {
    case "taken_down":
      return { to, by, at: at(seconds) }
    case "dismissed":
      return { to, by, at: at(seconds), reason: "no work is named" }
    case "countered":
      return { to, at: at(seconds), statement }
    default:
      return { to: "restored", by, at: at(seconds), claimantWithdrew: true }
  }
}
const wayTo: Record<NoticeStatus, ReadonlyArray<NoticeStatus>> = {
  received: [],
  taken_down: ["taken_down"],
  dismissed: ["dismissed"],
  countered: ["taken_down", "countered"],
  restored: ["taken_down", "restored"]
}
const bring = Effect.fnUntraced(function* (notice: Notice, to: NoticeStatus, seconds = 5) {
  for (const one of wayTo[to]) assert.isTrue(yield* take(notice.id, step(one, notice.ownerId, seconds)))
  return yield* stored(notice.id)
})
const list = Effect.fnUntraced(function* (filter: NoticeFilter, query: ListQuery) {
  const plan = yield* planList(noticeList, query, filter)
  return { plan, page: yield* (yield* Notices).list(filter, plan) }
})

type Ports = Notices | Tracks | TrackErasure | Users | Ids | Transaction

/** What every store of notices does. */
export const noticesContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`Notices: ${name}`, (it) => {
    it.effect("finds a notice as it was added, and with all that its steps wrote", () =>
      Effect.gen(function* () {
        const more = { claimantPhone: "+1", onBehalfOf: "A label", workUrl: "https://example.org/x" }
        const notice = yield* about(more)
        assert.deepStrictEqual(plain(yield* stored(notice.id)), plain(notice))
        const moderator = yield* addUser()
        yield* take(notice.id, { to: "taken_down", by: moderator.id, at: at(1) })
        yield* take(notice.id, { to: "countered", at: at(2), statement })
        yield* take(notice.id, { to: "restored", by: moderator.id, at: at(3), claimantWithdrew: false })
        const expected = new Notice({
          ...notice,
          status: "restored",
          decidedAt: at(1),
          decidedBy: moderator.id,
          counteredAt: at(2),
          counterName: statement.name,
          counterAddress: statement.address,
          counterPhone: statement.phone,
          counterStatement: statement.statement,
          counterSignature: statement.signature,
          restoredAt: at(3),
          restoredBy: moderator.id,
          claimantWithdrew: false
        })
        assert.deepStrictEqual(plain(yield* stored(notice.id)), plain(expected))
        const dismissed = yield* bring(yield* about(), "dismissed")
        assert.deepInclude(plain(dismissed), { status: "dismissed", reason: "no work is named" })
        assert.isTrue(Option.isNone(yield* (yield* Notices).byId(NoticeId.make(yield* (yield* Ids).entity))))
      })
    )

    it.effect("moves a notice along its table and no other way", () =>
      Effect.gen(function* () {
        for (const from of NoticeStatus.literals) {
          for (const to of NoticeStatus.literals.filter((one) => one !== "received")) {
            for (const claimantWithdrew of [true, false]) {
              const notice = yield* about()
              yield* bring(notice, from)
              const tried = step(to, notice.ownerId)
              const next = tried.to === "restored" ? { ...tried, claimantWithdrew } : tried
              const allowed = statusesBefore(next).includes(from)
              assert.strictEqual(yield* take(notice.id, next), allowed, `${from} to ${to}`)
              assert.strictEqual((yield* stored(notice.id)).status, allowed ? to : from)
            }
          }
        }
      })
    )

    it.effect("lets one of many decide", () =>
      Effect.gen(function* () {
        const notice = yield* about()
        const tries = Array.from({ length: 10 }, (_, i) =>
          take(notice.id, step(i % 2 === 0 ? "taken_down" : "dismissed", notice.ownerId))
        )
        const moved = yield* Effect.all(tries, { concurrency: "unbounded" })
        assert.strictEqual(moved.filter((won) => won).length, 1)
      })
    )

    it.effect("blocks a track while any notice about it does, whatever happens in what order", () =>
      Effect.gen(function* () {
        const { id: ownerId } = yield* addUser()
        const notices = yield* Notices
        const work = fc.array(fc.tuple(fc.nat(2), fc.constantFrom(...NoticeStatus.literals)), { maxLength: 12 })
        const { atomically } = yield* Transaction
        for (const moves of fc.sample(work, 25)) {
          const { id: trackId } = yield* addReadyTrack(ownerId)
          const filed = yield* Effect.replicateEffect(addNotice(trackId, ownerId), 3)
          const move = Effect.fnUntraced(function* (which: number, to: NoticeStatus) {
            const notice = filed[which] ?? assert.fail()
            if (to === "received" || !(yield* notices.take(notice.id, step(to, ownerId)))) return
            if (to === "taken_down") assert.isTrue(yield* notices.blockTrack(trackId, at(6)))
            if (to === "restored") yield* notices.releaseTrack(trackId, at(7))
          })
          for (const [which, to] of moves) {
            yield* atomically(move(which, to))
            const now = yield* Effect.forEach(filed, ({ id }) => stored(id))
            const blocks = now.some(({ status }) => blockingStatuses.includes(status))
            assert.strictEqual(yield* isBlocked(trackId), blocks)
          }
        }
      })
    )

    it.effect("gives a track back once, to the last of those who settle their notices at the same time", () =>
      Effect.gen(function* () {
        const notices = yield* Notices
        const { atomically } = yield* Transaction
        const { id: ownerId } = yield* addUser()
        const { id: trackId } = yield* addReadyTrack(ownerId)
        const filed = yield* Effect.replicateEffect(addNotice(trackId, ownerId), 4)
        for (const notice of filed) yield* bring(notice, "taken_down")
        assert.isTrue(yield* notices.blockTrack(trackId, at(1)))
        const settle = (id: NoticeId) =>
          atomically(Effect.andThen(notices.take(id, step("restored", ownerId)), notices.releaseTrack(trackId, at(2))))
        const outcomes = yield* Effect.forEach(filed, ({ id }) => settle(id), { concurrency: "unbounded" })
        assert.deepStrictEqual(outcomes.toSorted(), ["held", "held", "held", "released"])
        assert.isFalse(yield* isBlocked(trackId))
      })
    )

    it.effect("tells the followed record of a track at once that it is blocked, and that it is not any more", () =>
      Effect.gen(function* () {
        const notices = yield* Notices
        const tracks = yield* Tracks
        const { trackId } = yield* about()
        const blockedAt = Effect.map(tracks.soundOf(trackId), (sound) => Option.getOrThrow(sound).blockedAt)
        assert.isNull(yield* blockedAt)
        yield* notices.blockTrack(trackId, at(3))
        assert.deepStrictEqual(yield* blockedAt, at(3))
        yield* notices.blockTrack(trackId, at(4))
        assert.deepStrictEqual(yield* blockedAt, at(3))
        assert.strictEqual(yield* notices.releaseTrack(trackId, at(5)), "released")
        assert.isNull(yield* blockedAt)
        const nowhere = yield* newTrackId
        assert.isFalse(yield* notices.blockTrack(nowhere, at(3)))
        assert.strictEqual(yield* notices.releaseTrack(nowhere, at(3)), "gone")
      })
    )

    it.effect("keeps blocked tracks off the public list, and gives them no longer life than their account", () =>
      Effect.gen(function* () {
        const { trackId, ownerId } = yield* about()
        const shown = Effect.map(
          Effect.flatMap(
            planList({ name: "tracks", sorts: { created_at: "time" }, fallback: "created_at" }, {}, {}),
            (plan) => Tracks.use((tracks) => tracks.listPublic({ userId: ownerId }, plan))
          ),
          ({ items }) => items.map(({ id }) => id)
        )
        assert.deepStrictEqual(yield* shown, [trackId])
        yield* (yield* Notices).blockTrack(trackId, at(3))
        assert.deepStrictEqual(yield* shown, [])
        assert.strictEqual(yield* (yield* TrackErasure).removeTracks(ownerId, true, at(4)), 1)
      })
    )

    it.effect("lists notices by status and track, the latest first, page by page", () =>
      Effect.gen(function* () {
        const { id: ownerId } = yield* addUser()
        const { id: trackId } = yield* addReadyTrack(ownerId)
        const filed = yield* Effect.forEach([1, 2, 2, 3, 4], (seconds) =>
          addNotice(trackId, ownerId, { createdAt: at(seconds) })
        )
        yield* bring(filed[4] ?? assert.fail(), "dismissed")
        const ids = (items: ReadonlyArray<Notice>) => items.map(({ id }) => id)
        const place = ({ createdAt, id }: Notice) => `${DateTime.formatIso(createdAt)} ${id}`
        const expected = filed.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)).toReversed()
        const { page } = yield* list({ trackId }, {})
        assert.deepStrictEqual(ids(page.items), ids(expected))
        assert.strictEqual(page.counted?.total, 5)
        const received = yield* list({ trackId, status: "received" }, { limit: 3, cursor: "" })
        const key = received.page.next ?? assert.fail("no second page")
        const cursor = cursorAfter(noticeList, received.plan, { trackId, status: "received" }, key)
        const rest = yield* list({ trackId, status: "received" }, { limit: 3, cursor })
        assert.deepStrictEqual(ids([...received.page.items, ...rest.page.items]), ids(expected.slice(1)))
        assert.deepStrictEqual(ids((yield* list({ trackId, status: "restored" }, {})).page.items), [])
      })
    )

    it.effect("tells an owner of the notices about their tracks, and forgets what these tell of the owner only", () =>
      Effect.gen(function* () {
        const notices = yield* Notices
        const { id: ownerId } = yield* addUser()
        const { id: trackId } = yield* addReadyTrack(ownerId)
        const filed = yield* Effect.replicateEffect(addNotice(trackId, ownerId), 3)
        const others = yield* bring(yield* about(), "countered")
        yield* bring(filed[0] ?? assert.fail(), "countered")
        const first = yield* notices.ofOwner(ownerId, undefined, 2)
        const rest = yield* notices.ofOwner(ownerId, first.at(-1), 2)
        assert.deepStrictEqual(
          [...first, ...rest].map(({ id }) => id),
          filed.map(({ id }) => id).toSorted()
        )
        yield* notices.forgetOwner(ownerId)
        for (const { id } of filed) {
          const { trackTitle, counterName, counterStatement, claimantName } = yield* stored(id)
          assert.deepStrictEqual([trackTitle, counterName, counterStatement], [null, null, null])
          assert.isNotNull(claimantName)
        }
        assert.deepStrictEqual(plain(yield* stored(others.id)), plain(others))
      })
    )

    it.effect("forgets people once a notice is long over, never while it blocks a track that is there", () =>
      Effect.gen(function* () {
        const notices = yield* Notices
        const old = -10_000
        const brought = (to: NoticeStatus, seconds: number) =>
          Effect.flatMap(about({ createdAt: at(old) }), (notice) => bring(notice, to, seconds))
        const [dismissed, restored] = [yield* brought("dismissed", old), yield* brought("restored", old)]
        const kept = [yield* brought("countered", old), yield* brought("received", old), yield* brought("dismissed", 5)]
        const orphan = yield* brought("taken_down", old)
        yield* (yield* TrackErasure).removeTracks(orphan.ownerId, false, at(1))
        assert.strictEqual(yield* notices.forgetPeople(at(-5000)), 3)
        assert.strictEqual(yield* notices.forgetPeople(at(-5000)), 0)
        for (const { id, workDescription, status } of [dismissed, restored, orphan]) {
          const now = yield* stored(id)
          assert.deepInclude(plain(now), {
            status,
            workDescription,
            claimantEmail: null,
            claimantName: null,
            signature: null
          })
        }
        for (const one of kept) assert.deepStrictEqual(plain(yield* stored(one.id)), plain(one))
      })
    )
  })
