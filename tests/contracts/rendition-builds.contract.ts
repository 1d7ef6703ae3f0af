import { assert, layer } from "@effect/vitest"
import { type DateTime, Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Changes, Ids } from "@veza/domain/kernel"
import {
  BuildId,
  buildsTopic,
  type ClaimedBuild,
  type HlsSet,
  RenditionBuilds,
  TrackErasure,
  type TrackId,
  Tracks
} from "@veza/domain/tracks"
import { addReadyTrack, addTrack, addUser, at } from "./samples.ts"

const newBuild = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) => BuildId.make(id)
)
const claim = Effect.fnUntraced(function* (now: DateTime.Utc, until: DateTime.Utc) {
  return Option.getOrUndefined(yield* (yield* RenditionBuilds).claim(yield* newBuild, now, until))
})
const setOf = ({ build }: ClaimedBuild): HlsSet => ({
  build,
  madeAt: 1_772_000_000_000,
  renditions: [{ name: "aac-64", codecs: "mp4a.40.2", bandwidth: 70_000, averageBandwidth: 65_000 }]
})
const readyTrack = Effect.flatMap(addUser(), ({ id }) => addReadyTrack(id))
const wanted = Effect.tap(readyTrack, ({ id }) => RenditionBuilds.use((builds) => builds.want(id, at(0))))
/** Nothing waits when a test ends, so that the next one sees its own only. */
const drained = Effect.gen(function* () {
  let claimed: ClaimedBuild | undefined
  do {
    claimed = yield* claim(at(9_000_000), at(9_000_001))
    if (claimed !== undefined) yield* (yield* RenditionBuilds).finish(claimed, setOf(claimed))
  } while (claimed !== undefined)
})
const stored = (id: TrackId) =>
  Effect.all({
    ready: Effect.map(
      Tracks.use((tracks) => tracks.byId(id)),
      (track) => Option.getOrThrow(track).hlsReady
    ),
    set: Effect.map(
      Tracks.use((tracks) => tracks.soundOf(id)),
      (sound) => Option.getOrThrow(sound).hls
    )
  })

type Ports = RenditionBuilds | TrackErasure | Tracks | Users | Changes | Ids

/** What every queue of renditions does. */
export const renditionBuildsContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`RenditionBuilds: ${name}`, (it) => {
    it.effect("hands out a track once, to one of many, and records what was made", () =>
      Effect.gen(function* () {
        const builds = yield* RenditionBuilds
        const { id } = yield* wanted
        for (const _ of [1, 2]) yield* builds.want(id, at(0))
        assert.deepStrictEqual(yield* stored(id), { ready: false, set: null })
        const claims = yield* Effect.all(
          Array.from({ length: 8 }, () => claim(at(1), at(30))),
          { concurrency: "unbounded" }
        )
        const [claimed, ...more] = claims.filter((one) => one !== undefined)
        assert.deepStrictEqual([claimed?.trackId, claimed?.attempts, more.length], [id, 1, 0])
        if (claimed === undefined) return
        const set = setOf(claimed)
        assert.deepStrictEqual([yield* builds.finish(claimed, set), yield* builds.finish(claimed, set)], [true, false])
        assert.deepStrictEqual(yield* stored(id), { ready: true, set })
        yield* builds.want(id, at(40))
        assert.isUndefined(yield* claim(at(50), at(60)))
      })
    )

    it.effect("is for ready tracks only", () =>
      Effect.gen(function* () {
        const builds = yield* RenditionBuilds
        const { id } = yield* addTrack((yield* addUser()).id)
        yield* builds.want(id, at(0))
        assert.isUndefined(yield* claim(at(1), at(2)))
        const other = yield* wanted
        const claimed = yield* claim(at(1), at(30))
        assert.strictEqual(claimed?.trackId, other.id)
        yield* (yield* Tracks).moveTo(other.id, "rejected", "infected", at(2))
        if (claimed !== undefined) assert.isFalse(yield* builds.finish(claimed, setOf(claimed)))
        assert.deepStrictEqual(yield* stored(other.id), { ready: false, set: null })
        assert.isUndefined(yield* claim(at(100), at(101)))
      })
    )

    it.effect("gives a dead worker's track to the next, and then heeds the dead one no more", () =>
      Effect.gen(function* () {
        const builds = yield* RenditionBuilds
        const { id } = yield* wanted
        const first = yield* claim(at(1), at(30))
        assert.isUndefined(yield* claim(at(29), at(40)))
        const second = yield* claim(at(30), at(60))
        assert.deepStrictEqual([first?.trackId, second?.trackId, second?.attempts], [id, id, 2])
        if (first === undefined || second === undefined) return
        assert.isFalse(yield* builds.hold(first, at(90)))
        assert.isFalse(yield* builds.finish(first, setOf(first)))
        yield* builds.retryAt(first, at(0), "late")
        yield* builds.giveUp(first, at(0), "late")
        yield* builds.release(first, at(0))
        assert.isTrue(yield* builds.hold(second, at(90)))
        assert.isUndefined(yield* claim(at(89), at(91)))
        assert.isTrue(yield* builds.finish(second, setOf(second)))
      })
    )

    it.effect("puts off, gives back untried, gives up, and begins anew on request", () =>
      Effect.gen(function* () {
        const builds = yield* RenditionBuilds
        yield* wanted
        const first = yield* claim(at(1), at(30))
        if (first !== undefined) yield* builds.release(first, at(2))
        const again = yield* claim(at(3), at(30))
        assert.strictEqual(again?.attempts, 1)
        if (again !== undefined) yield* builds.retryAt(again, at(60), "no sound")
        assert.isUndefined(yield* claim(at(59), at(90)))
        const second = yield* claim(at(60), at(90))
        assert.strictEqual(second?.attempts, 2)
        if (second !== undefined) yield* builds.giveUp(second, at(61), "no sound")
        assert.isUndefined(yield* claim(at(10_000), at(10_001)))
        assert.strictEqual(yield* builds.wantFailed(at(100)), 1)
        assert.strictEqual((yield* claim(at(100), at(130)))?.attempts, 1)
        yield* drained
      })
    )

    it.effect("hands out first what has waited longest", () =>
      Effect.gen(function* () {
        const builds = yield* RenditionBuilds
        const tracks = [yield* readyTrack, yield* readyTrack, yield* readyTrack]
        for (const [i, { id }] of tracks.entries()) yield* builds.want(id, at(10 - i))
        const order = [yield* claim(at(20), at(30)), yield* claim(at(20), at(30)), yield* claim(at(20), at(30))]
        assert.deepStrictEqual(
          order.map((one) => one?.trackId),
          tracks.map(({ id }) => id).toReversed()
        )
        yield* drained
      })
    )

    it.effect("asks for every ready track that has none, page by page, once", () =>
      Effect.gen(function* () {
        const builds = yield* RenditionBuilds
        const { id: owner } = yield* addUser()
        yield* addTrack(owner)
        const ids = (yield* Effect.forEach(Array.from({ length: 5 }), () => addReadyTrack(owner))).map(({ id }) => id)
        const collect = Effect.gen(function* () {
          let [added, after]: [number, TrackId | undefined] = [0, undefined]
          do {
            const page: { readonly added: number; readonly last: TrackId | undefined } = yield* builds.wantMissing(
              after,
              at(0),
              2
            )
            added += page.added
            after = page.last
          } while (after !== undefined)
          return added
        })
        assert.strictEqual(yield* collect, ids.length)
        assert.strictEqual(yield* collect, 0)
        yield* drained
        for (const id of ids) assert.isTrue((yield* stored(id)).ready)
      })
    )

    it.effect("knows which sets are in use", () =>
      Effect.gen(function* () {
        const builds = yield* RenditionBuilds
        const { id } = yield* wanted
        const first = yield* claim(at(1), at(30))
        const second = yield* claim(at(30), at(60))
        if (first === undefined || second === undefined) return assert.fail("nothing to claim")
        const sets = [first, second].map(({ build }) => ({ trackId: id, build }))
        const used = (now: DateTime.Utc) => Effect.map(builds.inUse(sets, now), (some) => [...some])
        assert.deepStrictEqual(yield* used(at(31)), [second.build])
        assert.deepStrictEqual(yield* used(at(60)), [])
        yield* builds.finish(second, setOf(second))
        assert.deepStrictEqual(yield* used(at(1000)), [second.build])
        yield* (yield* Tracks).moveTo(id, "rejected", "infected", at(70))
        assert.deepStrictEqual(yield* used(at(1000)), [])
        assert.deepStrictEqual([...(yield* builds.inUse([], at(0)))], [])
      })
    )

    it.effect("announces what is to be made and what was made, and loses its tracks with them", () =>
      Effect.gen(function* () {
        const builds = yield* RenditionBuilds
        const changes = yield* Changes
        const heard: Array<string> = []
        yield* changes.follow(buildsTopic, () => heard.push("wanted"))
        yield* changes.follow("tracks", (key) => heard.push(`made ${key}`))
        const { id: owner } = yield* addUser()
        const { id } = yield* addReadyTrack(owner)
        yield* builds.want(id, at(0))
        assert.include(heard, "wanted")
        const claimed = yield* claim(at(1), at(30))
        if (claimed !== undefined) yield* builds.finish(claimed, setOf(claimed))
        assert.include(heard, `made ${id}`)
        const second = yield* addReadyTrack(owner)
        yield* builds.want(second.id, at(0))
        yield* (yield* TrackErasure).removeTracks(owner, false, at(5))
        assert.isUndefined(yield* claim(at(10), at(20)))
      })
    )
  })
