import { DateTime, Effect, Option } from "effect"
import { readOptOut } from "../accounts/index.ts"
import { type Actor, dayOf, Ids, networkOf, Transaction } from "../kernel/index.ts"
import { ensureReady } from "./access.ts"
import { beginListening, isComplete, isPlay, listenOn, type ListeningReport } from "./listening.ts"
import {
  ListenerDigests,
  type PlayEvent,
  Plays,
  type PlaySession,
  type PlaySessionId,
  PlaySessions
} from "./play-ports.ts"
import { readTrack } from "./read-track.ts"
import type { Track, TrackId } from "./track.ts"

/** Within this time a listener is counted once for a track, whatever number of players they have open. */
export const repeatWindow = { minutes: 30 } as const

export interface PlayReport {
  readonly sessionId: PlaySessionId
  /** Seconds into the track. */
  readonly position: number
  /** Seconds heard in this session so far, as the client counts. */
  readonly duration: number | undefined
}

/** What a report led to. */
export interface ReportedPlay {
  /** This session counts as a play. */
  readonly counted: boolean
  /** It does since this very report. */
  readonly isNew: boolean
  /** Seconds of listening that are believed. */
  readonly listened: number
}

const ignored: ReportedPlay = { counted: false, isNew: false, listened: 0 }

/** Who somebody is for one day and one track, so that nothing joins what they listen to. */
const digestOf = Effect.fnUntraced(function* (actor: Actor, track: Track, at: DateTime.Utc) {
  const { ip, userAgent } = actor.origin
  const who = actor._tag === "SignedIn" ? `user ${actor.userId}` : `visitor ${networkOf(ip)} ${userAgent}`
  return (yield* ListenerDigests).of(dayOf(at), `${track.id} ${who}`)
})

/** Whether somebody lets themselves be followed: neither their browser nor they themselves said no (10-accounts). */
const isFollowed = Effect.fnUntraced(function* (actor: Actor) {
  if (actor.origin.globalPrivacyControl === true) return false
  return actor._tag === "Anonymous" || Option.isNone(yield* readOptOut(actor.userId))
})

const eventOf = Effect.fnUntraced(function* (
  track: Track,
  at: DateTime.Utc,
  more: Pick<PlayEvent, "kind" | "day" | "userId" | "visitor">
) {
  const event: PlayEvent = { id: yield* (yield* Ids).row, at, trackId: track.id, ...more }
  return event
})

/** Judges a session whose time has come: counted, unless its listener has been counted for the track just now. */
const judge = Effect.fnUntraced(function* (actor: Actor, track: Track, session: PlaySession, at: DateTime.Utc) {
  const plays = yield* Plays
  const listener = yield* digestOf(actor, track, at)
  if (!(yield* plays.claim(track.id, listener, at, DateTime.subtract(at, repeatWindow)))) {
    return { ...session, verdict: "repeated" as const }
  }
  const followed = yield* isFollowed(actor)
  const day = dayOf(at)
  const userId = followed && actor._tag === "SignedIn" ? actor.userId : undefined
  const visitor = followed && actor._tag === "Anonymous" ? listener : undefined
  yield* plays.append([yield* eventOf(track, at, { kind: "play", day, userId, visitor })])
  return { ...session, verdict: "counted" as const, countedOn: day }
})

const finish = Effect.fnUntraced(function* (track: Track, session: PlaySession, at: DateTime.Utc) {
  const day = session.countedOn ?? dayOf(at)
  const nobody = { userId: undefined, visitor: undefined }
  yield* (yield* Plays).append([yield* eventOf(track, at, { kind: "completion", day, ...nobody })])
  return { ...session, completed: true }
})

/** Begins a session; where another report of it was first, the session that one began. */
const beginOrHold = Effect.fnUntraced(function* (track: Track, id: PlaySessionId, report: ListeningReport) {
  const sessions = yield* PlaySessions
  const first: PlaySession = {
    ...beginListening(report, track.durationMs ?? 0),
    verdict: "open",
    countedOn: undefined,
    completed: false
  }
  return (yield* sessions.begin(track.id, id, first)) ? Option.none() : yield* sessions.hold(track.id, id)
})

const take = Effect.fnUntraced(function* (actor: Actor, track: Track, id: PlaySessionId, report: ListeningReport) {
  const sessions = yield* PlaySessions
  const durationMs = track.durationMs ?? 0
  const held = yield* sessions.hold(track.id, id)
  const before = Option.getOrUndefined(Option.isSome(held) ? held : yield* beginOrHold(track, id, report))
  if (before === undefined) return ignored
  const at = DateTime.makeUnsafe(report.at)
  const heard: PlaySession = { ...before, ...listenOn(before, report, durationMs) }
  const judged: PlaySession =
    heard.verdict === "open" && isPlay(heard, durationMs) ? yield* judge(actor, track, heard, at) : heard
  const counted = judged.verdict === "counted"
  const ends = counted && !judged.completed && isComplete(judged, durationMs)
  yield* sessions.save(track.id, id, ends ? yield* finish(track, judged, at) : judged)
  return { counted, isNew: counted && before.verdict === "open", listened: judged.listenedMs / 1000 }
})

/**
 * Takes a report of listening (20-tracks, "Reading"). A session counts as one play once enough was listened to; what the
 * owner listens to never does. Whoever does not want to be followed is counted and not remembered.
 */
export const reportPlay = Effect.fn("tracks.reportPlay")(function* (
  actor: Actor,
  id: TrackId,
  share: string | undefined,
  report: PlayReport
) {
  const track = yield* Effect.flatMap(readTrack(actor, id, share), ensureReady)
  if (actor._tag === "SignedIn" && actor.userId === track.userId) return ignored
  const said: ListeningReport = {
    at: DateTime.toEpochMillis(yield* DateTime.now),
    positionMs: Math.round(report.position * 1000),
    heardMs: report.duration === undefined ? undefined : Math.round(report.duration * 1000)
  }
  return yield* (yield* Transaction).atomically(take(actor, track, report.sessionId, said))
})
