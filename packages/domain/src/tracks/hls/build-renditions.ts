import { Cause, DateTime, Effect, Exit, Option, Stream } from "effect"
import { Ids, Transaction } from "../../kernel/index.ts"
import { StorageUnavailable } from "../errors.ts"
import { TrackFiles, Tracks } from "../ports.ts"
import type { Track, TrackId } from "../track.ts"
import { averageBandwidth, type MadeSegment, peakBandwidth } from "./bandwidth.ts"
import { BuildLost, EncodingFailed } from "./errors.ts"
import {
  areAligned,
  initFile,
  maxSegments,
  mediaPlaylist,
  playlistBytes,
  playlistFile,
  segmentFile,
  targetDurationOf
} from "./playlist.ts"
import {
  type ClaimedBuild,
  type EncodingSource,
  RenditionBuilds,
  RenditionEncoder,
  RenditionFiles,
  type RenditionPart,
  type RenditionSet,
  type RenditionWriter
} from "./ports.ts"
import { BuildId, planRenditions, type Rendition, type RenditionPlan } from "./rendition.ts"

/** A dead worker's build waits this long; a living one holds on to it in time. */
const holdFor = { seconds: 30 } as const
const holdAgainEvery = "10 seconds"

/** Past this many attempts a track stays without renditions until an operator asks again. */
export const maxBuildAttempts = 4
/** Minutes until attempt `attempts + 1`: 1, 10, 100. */
export const buildBackoff = (attempts: number): number => 10 ** (Math.max(1, attempts) - 1)

/** How an attempt ended. `lost`: it was no longer ours, or the track is no longer ready. */
export interface BuildReport {
  readonly trackId: TrackId
  readonly outcome: "made" | "failed" | "given_up" | "lost"
  readonly reason?: string
}

/** Ends, with a failure, when the build is no longer this attempt's. */
const keepHold = Effect.fnUntraced(function* (claimed: ClaimedBuild) {
  const builds = yield* RenditionBuilds
  do yield* Effect.sleep(holdAgainEvery)
  while (yield* builds.hold(claimed, DateTime.add(yield* DateTime.now, holdFor)))
  return yield* new BuildLost()
})

interface MadeRendition {
  readonly plan: RenditionPlan
  readonly segments: ReadonlyArray<MadeSegment>
}

const encode = Effect.fnUntraced(function* (
  source: EncodingSource,
  plan: RenditionPlan,
  count: number | undefined,
  writer: RenditionWriter
) {
  const segments: Array<MadeSegment> = []
  const keep = (part: RenditionPart): Effect.Effect<void, EncodingFailed> => {
    if (part._tag === "Init") return writer.write({ rendition: plan.name, file: initFile }, part.bytes)
    if (segments.length === maxSegments) return Effect.fail(new EncodingFailed({ reason: "it has too many segments" }))
    const file = segmentFile(segments.length)
    segments.push({ bytes: part.bytes.length, duration: part.samples / plan.sampleRate })
    return writer.write({ rendition: plan.name, file }, part.bytes)
  }
  yield* Stream.runForEach((yield* RenditionEncoder).encode(source, plan, count), keep)
  if (segments.length === 0) return yield* new EncodingFailed({ reason: "it has no sound" })
  const playlist = mediaPlaylist(segments.map(({ duration }) => duration))
  yield* writer.write({ rendition: plan.name, file: playlistFile }, playlistBytes(playlist))
  return { plan, segments } satisfies MadeRendition
})

const durationsOf = ({ segments }: MadeRendition): ReadonlyArray<number> => segments.map(({ duration }) => duration)

const toRendition = (made: MadeRendition): Rendition => ({
  name: made.plan.name,
  codecs: made.plan.codecs,
  bandwidth: peakBandwidth(made.segments, targetDurationOf(durationsOf(made))),
  averageBandwidth: averageBandwidth(made.segments)
})

/** One after the other: renditions must not take the machine from whoever listens. */
const encodeAll = Effect.fnUntraced(function* (track: Track, path: string, writer: RenditionWriter) {
  const source = { path, format: track.format, durationMs: track.durationMs ?? 0 }
  let first: MadeRendition | undefined
  const renditions: Array<Rendition> = []
  for (const plan of planRenditions(track.format, track)) {
    const made = yield* encode(source, plan, first?.segments.length, writer)
    first ??= made
    // A player may change over at every boundary: only renditions whose segments begin together are published together.
    if (!areAligned(durationsOf(first), durationsOf(made), plan.frame / plan.sampleRate)) {
      return yield* new EncodingFailed({ reason: "the segments of its renditions do not begin together" })
    }
    renditions.push(toRendition(made))
  }
  return renditions
})

const encodeNew = Effect.fnUntraced(function* (track: Track, set: RenditionSet) {
  const files = yield* RenditionFiles
  const path = Option.getOrUndefined(yield* (yield* TrackFiles).localPath({ stored: track }))
  if (path === undefined) return yield* new EncodingFailed({ reason: "the file is missing" })
  // What attempts before this one left: the track has no renditions yet, so nobody reads them.
  yield* files.removeAll(set)
  const writer = yield* files.begin(set)
  return { writer, renditions: yield* encodeAll(track, path, writer) }
})

const make = Effect.fnUntraced(function* (track: Track, claimed: ClaimedBuild) {
  const set = { userId: track.userId, trackId: track.id, build: claimed.build }
  const { writer, renditions } = yield* Effect.raceFirst(encodeNew(track, set), keepHold(claimed))
  yield* writer.publish
  const madeAt = DateTime.toEpochMillis(yield* DateTime.now)
  // Nothing is held any more once this is done; it sees itself whether the build is still this attempt's.
  const finished = (yield* RenditionBuilds).finish(claimed, { build: claimed.build, madeAt, renditions })
  if (yield* (yield* Transaction).atomically(finished)) return
  yield* (yield* RenditionFiles).remove(set)
  return yield* new BuildLost()
}, Effect.scoped)

const settle = Effect.fnUntraced(function* (
  claimed: ClaimedBuild,
  exit: Exit.Exit<void, BuildLost | EncodingFailed | StorageUnavailable>
) {
  const { trackId } = claimed
  if (Exit.isSuccess(exit)) return { trackId, outcome: "made" } satisfies BuildReport
  const error = Cause.squash(exit.cause)
  if (error instanceof BuildLost) return { trackId, outcome: "lost" } satisfies BuildReport
  const said = error instanceof EncodingFailed ? error.reason : String(error)
  const reason = error instanceof StorageUnavailable ? "the storage does not answer" : said.slice(0, 1000)
  const builds = yield* RenditionBuilds
  const now = yield* DateTime.now
  if (claimed.attempts >= maxBuildAttempts) {
    yield* builds.giveUp(claimed, now, reason)
    return { trackId, outcome: "given_up", reason } satisfies BuildReport
  }
  yield* builds.retryAt(claimed, DateTime.add(now, { minutes: buildBackoff(claimed.attempts) }), reason)
  return { trackId, outcome: "failed", reason } satisfies BuildReport
})

const attempt = Effect.fnUntraced(function* (claimed: ClaimedBuild) {
  const track = Option.getOrUndefined(yield* (yield* Tracks).byId(claimed.trackId))
  if (claimed.attempts > maxBuildAttempts) {
    // Attempts that took their process down are counted too.
    return yield* new EncodingFailed({ reason: "every attempt broke off" })
  }
  if (track === undefined || track.status !== "ready") return yield* new BuildLost()
  yield* make(track, claimed)
})

/**
 * Makes the renditions of the track that has waited longest for them (20-tracks, "HLS"); undefined when none waits.
 * Whoever makes them holds a lease, so what a killed worker began is begun again, under another id: nobody ever reads a
 * half-made set. A track that fails again and again stays ready, without renditions.
 */
export const buildRenditions = Effect.fn("tracks.buildRenditions")(function* () {
  const builds = yield* RenditionBuilds
  const build = BuildId.make(yield* (yield* Ids).entity)
  const now = yield* DateTime.now
  const claimed = Option.getOrUndefined(yield* builds.claim(build, now, DateTime.add(now, holdFor)))
  if (claimed === undefined) return undefined
  const exit = yield* Effect.exit(attempt(claimed)).pipe(
    Effect.onInterrupt(() => Effect.flatMap(DateTime.now, (at) => builds.release(claimed, at)))
  )
  return yield* settle(claimed, exit)
})
