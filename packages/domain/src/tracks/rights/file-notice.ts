import { DateTime, Effect, Option } from "effect"
import { type Actor, contextOf, Ids, Outbox, Transaction } from "../../kernel/index.ts"
import { TrackNotFound } from "../errors.ts"
import { Tracks } from "../ports.ts"
import type { Track } from "../track.ts"
import { noticeReceived } from "./events.ts"
import { Notice, NoticeId } from "./notice.ts"
import { Notices } from "./ports.ts"
import type { NoticeStatement } from "./statements.ts"

const newNotice = (id: NoticeId, track: Track, statement: NoticeStatement, at: DateTime.Utc): Notice =>
  new Notice({
    id,
    trackId: track.id,
    ownerId: track.userId,
    trackTitle: track.title,
    status: "received",
    claimantName: statement.claimant_name.trim(),
    claimantAddress: statement.claimant_address.trim(),
    claimantPhone: statement.claimant_phone?.trim() ?? null,
    claimantEmail: statement.claimant_email,
    onBehalfOf: statement.on_behalf_of?.trim() ?? null,
    signature: statement.signature.trim(),
    workDescription: statement.work_description.trim(),
    workUrl: statement.work_url ?? null,
    createdAt: at,
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
    claimantWithdrew: null
  })

const record = Effect.fnUntraced(function* (actor: Actor, notice: Notice) {
  yield* (yield* Notices).add(notice)
  yield* (yield* Outbox).append([noticeReceived(notice, contextOf(actor))])
})

/**
 * Takes in a notice of infringement (20-tracks, "Rights"). Anybody may send one, about any track that can be heard, the
 * private and the blocked ones included; that a track exists is no secret (05-decisions, "Private tracks").
 */
export const fileNotice = Effect.fn("tracks.fileNotice")(function* (actor: Actor, statement: NoticeStatement) {
  const track = Option.getOrUndefined(yield* (yield* Tracks).byId(statement.track))
  if (track === undefined || track.status !== "ready") return yield* new TrackNotFound()
  const id = NoticeId.make(yield* (yield* Ids).entity)
  const notice = newNotice(id, track, statement, yield* DateTime.now)
  yield* (yield* Transaction).atomically(record(actor, notice))
  return notice
})
