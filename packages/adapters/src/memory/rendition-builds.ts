import { DateTime, Effect, Layer, Option } from "effect"
import { Changes } from "@veza/domain/kernel"
import { buildsTopic, type ClaimedBuild, RenditionBuilds, Track, type TrackId } from "@veza/domain/tracks"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, put } from "./tables.ts"

type Row = Rows["renditionBuilds"]

const isHeld = ({ heldUntil }: Row, at: DateTime.Utc): boolean =>
  heldUntil !== undefined && DateTime.isGreaterThan(heldUntil, at)
const isDue = (row: Row, at: DateTime.Utc): boolean =>
  row.failedAt === undefined && DateTime.isLessThanOrEqualTo(row.dueAt, at) && !isHeld(row, at)
const longestFirst = (a: Row, b: Row): number =>
  DateTime.toEpochMillis(a.dueAt) - DateTime.toEpochMillis(b.dueAt) || (a.trackId < b.trackId ? -1 : 1)

const lacksRenditions = ({ track, hls }: Rows["tracks"]): boolean => track.status === "ready" && hls === null

const wanted = (tables: Tables, trackId: TrackId, at: DateTime.Utc): Tables =>
  put(tables, "renditionBuilds", trackId, {
    trackId,
    attempts: 0,
    dueAt: at,
    build: undefined,
    heldUntil: undefined,
    failedAt: undefined,
    lastError: undefined
  })

const free = { build: undefined, heldUntil: undefined }

export const renditionBuildsMemory = Layer.effect(
  RenditionBuilds,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    const announced = changes.announce(buildsTopic, undefined)
    /** Changes the row of an attempt that still has it; false when it has not. */
    const change = ({ trackId, build }: ClaimedBuild, f: (row: Row) => Partial<Row>) =>
      store.change((tables): readonly [boolean, Tables] => {
        const row = get(tables, "renditionBuilds", trackId)
        if (row?.build !== build) return [false, tables]
        return [true, put(tables, "renditionBuilds", trackId, { ...row, ...f(row) })]
      })
    const add = (tracks: ReadonlyArray<TrackId>, at: DateTime.Utc) =>
      Effect.tap(
        store.change((tables): readonly [number, Tables] => {
          const fresh = tracks.filter((id) => get(tables, "renditionBuilds", id) === undefined)
          return [fresh.length, fresh.reduce((left, id) => wanted(left, id, at), tables)]
        }),
        (added) => (added > 0 ? announced : Effect.void)
      )
    return RenditionBuilds.of({
      want: Effect.fnUntraced(function* (track, at) {
        const row = yield* store.read((tables) => get(tables, "tracks", track))
        if (row !== undefined && lacksRenditions(row)) yield* add([track], at)
      }),
      wantMissing: Effect.fnUntraced(function* (after, at, limit) {
        const page = yield* store.read((tables) =>
          all(tables, "tracks")
            .filter(lacksRenditions)
            .map(({ track }) => track.id)
            .filter((id) => after === undefined || id > after)
            .toSorted()
            .slice(0, limit)
        )
        return { added: yield* add(page, at), last: page.at(-1) }
      }),
      wantFailed: Effect.fnUntraced(function* (at) {
        const count = yield* store.change((tables): readonly [number, Tables] => {
          const failed = all(tables, "renditionBuilds").filter(({ failedAt }) => failedAt !== undefined)
          return [failed.length, failed.reduce((left, { trackId }) => wanted(left, trackId, at), tables)]
        })
        if (count > 0) yield* announced
        return count
      }),
      claim: (build, at, until) =>
        store.change((tables): readonly [Option.Option<ClaimedBuild>, Tables] => {
          const [row] = all(tables, "renditionBuilds")
            .filter((one) => isDue(one, at))
            .toSorted(longestFirst)
          if (row === undefined) return [Option.none(), tables]
          const taken = { ...row, build, heldUntil: until, attempts: row.attempts + 1 }
          return [
            Option.some({ trackId: row.trackId, build, attempts: taken.attempts }),
            put(tables, "renditionBuilds", row.trackId, taken)
          ]
        }),
      hold: (claimed, until) => change(claimed, () => ({ heldUntil: until })),
      finish: Effect.fnUntraced(function* ({ trackId, build }, set) {
        const finished = yield* store.change((tables): readonly [boolean, Tables] => {
          if (get(tables, "renditionBuilds", trackId)?.build !== build) return [false, tables]
          const done = drop(tables, "renditionBuilds", trackId)
          const row = get(tables, "tracks", trackId)
          if (row?.track.status !== "ready") return [false, done]
          const track = new Track({ ...row.track, hlsReady: true })
          return [true, put(done, "tracks", trackId, { ...row, track, hls: set })]
        })
        if (finished) yield* changes.announce("tracks", trackId)
        return finished
      }),
      retryAt: (claimed, at, error) => change(claimed, () => ({ ...free, dueAt: at, lastError: error })),
      giveUp: (claimed, at, error) => change(claimed, () => ({ ...free, failedAt: at, lastError: error })),
      release: (claimed, at) =>
        Effect.andThen(
          change(claimed, ({ attempts }) => ({ ...free, dueAt: at, attempts: attempts - 1 })),
          announced
        ),
      inUse: (sets, at) =>
        store.read((tables) => {
          const builds = sets.flatMap(({ trackId }) => {
            const track = get(tables, "tracks", trackId)
            const build = get(tables, "renditionBuilds", trackId)
            return [
              track?.track.status === "ready" ? track.hls?.build : undefined,
              build !== undefined && isHeld(build, at) ? build.build : undefined
            ]
          })
          return new Set(builds.filter((build) => build !== undefined))
        })
    })
  })
)
