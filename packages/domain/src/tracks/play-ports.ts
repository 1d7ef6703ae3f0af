import { Context, type DateTime, type Effect, type Option, Schema } from "effect"
import { type Day, type ListPlan, type Page, type UserId, Uuid } from "../kernel/index.ts"
import type { Listening } from "./listening.ts"
import type { TrackId } from "./track.ts"

/** Chosen by the client, a new one each time a track is begun. */
export const PlaySessionId = Uuid.pipe(Schema.brand("PlaySessionId"))
export type PlaySessionId = typeof PlaySessionId.Type

/** A client's way through one track. It is judged once: `repeated` where the listener had just been counted. */
export interface PlaySession extends Listening {
  readonly verdict: "open" | "counted" | "repeated"
  /** The day its play counts for. */
  readonly countedOn: Day | undefined
  readonly completed: boolean
}

export class PlaySessions extends Context.Service<
  PlaySessions,
  {
    /** The session, held until the transaction ends: its reports are taken one after the other. */
    readonly hold: (track: TrackId, id: PlaySessionId) => Effect.Effect<Option.Option<PlaySession>>
    /** False when there is such a session already. */
    readonly begin: (track: TrackId, id: PlaySessionId, session: PlaySession) => Effect.Effect<boolean>
    readonly save: (track: TrackId, id: PlaySessionId, session: PlaySession) => Effect.Effect<void>
    /** Forgets what began before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/tracks/PlaySessions") {}

/** A listener as a digest of 128 bits, in the form of a UUID. Its key changes every day. */
export type ListenerDigest = string

/** Digests by which a listener is known again within a day, and by nothing else. */
export class ListenerDigests extends Context.Service<
  ListenerDigests,
  { readonly of: (day: Day, text: string) => ListenerDigest }
>()("@veza/domain/tracks/ListenerDigests") {}

/** Something counted: a play, or that a track was listened to its end. */
export interface PlayEvent {
  /** Time-ordered. */
  readonly id: string
  readonly at: DateTime.Utc
  readonly trackId: TrackId
  readonly kind: "play" | "completion"
  /** The day it counts for; a completion counts for that of its play. */
  readonly day: Day
  /** Who listened; neither is known of those who do not want to be followed, nor of completions. */
  readonly userId: UserId | undefined
  readonly visitor: ListenerDigest | undefined
}

/** One play in somebody's own history. */
export interface OwnPlay {
  readonly id: string
  readonly at: DateTime.Utc
  readonly trackId: TrackId
  /** Null where the track is gone. */
  readonly title: string | null
}

export type HistorySort = "at"

export class Plays extends Context.Service<
  Plays,
  {
    /** True, once within a window, where a listener was not counted for the track since `since`. */
    readonly claim: (
      track: TrackId,
      listener: ListenerDigest,
      at: DateTime.Utc,
      since: DateTime.Utc
    ) => Effect.Effect<boolean>
    /** Appends what was counted, for the roll-up to take up. */
    readonly append: (events: ReadonlyArray<PlayEvent>) => Effect.Effect<void>
    /** Somebody's plays of a track. */
    readonly list: (user: UserId, track: TrackId, plan: ListPlan<HistorySort>) => Effect.Effect<Page<OwnPlay>>
    /** All of somebody's plays, track by track, in pages: those behind `after`. */
    readonly of: (user: UserId, after: OwnPlay | undefined, limit: number) => Effect.Effect<ReadonlyArray<OwnPlay>>
    /** Takes somebody out of every play and count they are known in; the plays themselves stay the artists'. */
    readonly forgetUser: (user: UserId) => Effect.Effect<void>
    /** Makes room for the month of `first` and those after it; answers how many of the `months` were new. */
    readonly prepareMonths: (first: DateTime.Utc, months: number) => Effect.Effect<number>
    /** Drops the months that were over at `before`; answers how many. */
    readonly dropMonths: (before: DateTime.Utc) => Effect.Effect<number>
    /** Forgets claims made before `before`; answers how many. */
    readonly forgetClaims: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/tracks/Plays") {}

export interface PlayDay {
  readonly day: Day
  readonly plays: number
  readonly completions: number
  /** Different listeners of that day. */
  readonly listeners: number
}

/** The longest period that is counted together, in days; listeners who stayed away for longer count as new. */
export const longestStatsPeriod = 366

export class PlayStatistics extends Context.Service<
  PlayStatistics,
  {
    /**
     * Moves at most `limit` events into the counts, each exactly once: taken up and counted together or not at all. Joins
     * the current transaction. Answers 0 while somebody else is at it.
     */
    readonly rollUp: (
      limit: number
    ) => Effect.Effect<{ readonly events: number; readonly tracks: ReadonlyArray<TrackId> }>
    /** The events that wait, and for how many seconds the oldest of them has. */
    readonly backlog: Effect.Effect<{ readonly depth: number; readonly oldestAge: number }>
    /** Plays from one day to another, both included. */
    readonly plays: (track: TrackId, from: Day, to: Day) => Effect.Effect<number>
    /** The days with plays, the first first. */
    readonly days: (track: TrackId, from: Day, to: Day) => Effect.Effect<ReadonlyArray<PlayDay>>
    /** Different listeners from one day to another, both included; at most `longestStatsPeriod` days. */
    readonly listeners: (track: TrackId, from: Day, to: Day) => Effect.Effect<number>
    /** Forgets who listened last before these days: visitors, whose digest is worth nothing by then, and users. */
    readonly forgetListeners: (visitorsBefore: Day, usersBefore: Day) => Effect.Effect<number>
  }
>()("@veza/domain/tracks/PlayStatistics") {}

/** Who did something to a track: its owner, somebody of the house, or the product itself. */
export const ChangeMaker = Schema.Literals(["owner", "staff", "system"])
export type ChangeMaker = typeof ChangeMaker.Type

/** Something that happened to a track. */
export interface RecordedChange {
  /** That of the event. */
  readonly id: string
  readonly trackId: TrackId
  readonly at: DateTime.Utc
  /** The type of the event behind `track.`: `uploaded`, `ready`, `updated` … */
  readonly type: string
  readonly madeBy: ChangeMaker
  /** What was changed, never what stands in it. */
  readonly fields: ReadonlyArray<string>
  /** Whether the change made the track public; undefined where it left that alone. */
  readonly isPublic: boolean | undefined
}

export class TrackChanges extends Context.Service<
  TrackChanges,
  {
    /** One that was recorded before is left as it is; nothing is recorded of a track that is gone. */
    readonly add: (change: RecordedChange) => Effect.Effect<void>
    readonly list: (track: TrackId, plan: ListPlan<HistorySort>) => Effect.Effect<Page<RecordedChange>>
    /** What happened to all tracks of somebody, track by track, in pages: what is behind `after`. */
    readonly of: (
      owner: UserId,
      after: RecordedChange | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<RecordedChange>>
  }
>()("@veza/domain/tracks/TrackChanges") {}

export class PlaySettings extends Context.Service<
  PlaySettings,
  {
    /** Days for which single plays are remembered (PLAY_RETENTION_DAYS); their counts stay. */
    readonly retentionDays: number
  }
>()("@veza/domain/tracks/PlaySettings") {}
