import { Effect, Schema } from "effect"
import {
  type Actor,
  type EventEnvelope,
  type EventType,
  type ListPlan,
  type ListQuery,
  type ListSpec,
  ownsOrAdministers,
  type Page,
  planList
} from "../kernel/index.ts"
import {
  type ChangeMaker,
  type HistorySort,
  type OwnPlay,
  Plays,
  type RecordedChange,
  TrackChanges
} from "./play-ports.ts"
import { readTrack } from "./read-track.ts"
import { TrackId } from "./track.ts"

const prefix = "track."
/**
 * The events that a track's history tells of: what happened to the track itself. What others do with it, and what is
 * claimed of it before anything is decided, is not among them.
 */
export const changeTypes: ReadonlyArray<EventType> = [
  "track.uploaded",
  "track.ready",
  "track.failed",
  "track.updated",
  "track.stream_reported",
  "track.taken_down",
  "track.restored"
]

const decode = Schema.decodeUnknownEffect(
  Schema.Struct({
    track_id: TrackId,
    user_id: Schema.optionalKey(Schema.String),
    fields: Schema.optionalKey(Schema.Array(Schema.String)),
    is_public: Schema.optionalKey(Schema.Boolean)
  })
)

/** What the product itself makes of an upload, though its events go on with the context of the request. */
const ownDoing: ReadonlySet<string> = new Set(["track.ready", "track.failed"])

const makerOf = ({ type, context: { actor_id: actor } }: EventEnvelope, owner: string | undefined): ChangeMaker =>
  actor === null || ownDoing.has(type) ? "system" : actor === owner ? "owner" : "staff"

/** Records what an event says of a track, once however often it is delivered. */
export const recordChange = Effect.fn("tracks.recordChange")(function* (event: EventEnvelope) {
  const payload = yield* decode(event.payload)
  yield* (yield* TrackChanges).add({
    id: event.id,
    trackId: payload.track_id,
    at: event.occurred_at,
    type: event.type.slice(prefix.length),
    madeBy: makerOf(event, payload.user_id),
    fields: payload.fields ?? [],
    isPublic: payload.is_public
  })
})

export const historyList: ListSpec<HistorySort> = { name: "track-history", sorts: { at: "time" }, fallback: "at" }

/** What happened to a track, or somebody's own plays of it. */
export type HistoryEntry =
  { readonly _tag: "Change"; readonly change: RecordedChange } | { readonly _tag: "Play"; readonly play: OwnPlay }

const mapPage = <A, B>(page: Page<A>, f: (item: A) => B): Page<B> => ({ ...page, items: page.items.map(f) })

const nothing = <A>({ limit, start }: ListPlan<HistorySort>): Page<A> => ({
  items: [],
  limit,
  next: undefined,
  counted: start._tag === "Offset" ? { page: start.page, total: 0, isLowerBound: false } : undefined
})

const entries = Effect.fnUntraced(function* (actor: Actor, id: TrackId, about: string, plan: ListPlan<HistorySort>) {
  if (about === "changes") {
    const page = yield* (yield* TrackChanges).list(id, plan)
    return mapPage(page, (change): HistoryEntry => ({ _tag: "Change", change }))
  }
  if (actor._tag === "Anonymous") return nothing<HistoryEntry>(plan)
  const page = yield* (yield* Plays).list(actor.userId, id, plan)
  return mapPage(page, (play): HistoryEntry => ({ _tag: "Play", play }))
})

/**
 * The history of a track (20-tracks, "Reading"), the latest first: to its owner and administrators what happened to it,
 * to everybody else their own plays of it, which for somebody who is not signed in are none.
 */
export const readHistory = Effect.fn("tracks.history")(function* (
  actor: Actor,
  id: TrackId,
  share: string | undefined,
  query: ListQuery
) {
  const track = yield* readTrack(actor, id, share)
  const about = ownsOrAdministers(actor, track.userId)
    ? "changes"
    : actor._tag === "SignedIn"
      ? `plays of ${actor.userId}`
      : "nothing"
  const filters = { track: track.id, about }
  const plan = yield* planList(historyList, query, filters)
  return { plan, filters, page: yield* entries(actor, track.id, about, plan) }
})
