import { DateTime, Effect, Option } from "effect"
import { mailToOwner, Users } from "../../accounts/index.ts"
import {
  contextOf,
  type InSession,
  type ListQuery,
  type ListSpec,
  Outbox,
  planList,
  requirePermission,
  requireSecondFactor,
  Transaction
} from "../../kernel/index.ts"
import { NoticeConflict, TrackGone } from "./errors.ts"
import { noticeDismissed, trackRestored, trackTakenDown } from "./events.ts"
import { judgeRestoration, type Notice, type NoticeId, noticeMachine } from "./notice.ts"
import { type NoticeFilter, Notices, type NoticeSort } from "./ports.ts"
import { findNotice, takeStep } from "./take-step.ts"

const mayJudge = (actor: InSession) =>
  Effect.andThen(requirePermission(actor, "notices.judge"), requireSecondFactor(actor))

export const noticeList: ListSpec<NoticeSort> = {
  name: "notices",
  sorts: { created_at: "time" },
  fallback: "created_at"
}

/** The notices of infringement, the latest first; moderators and administrators. */
export const listNotices = Effect.fn("tracks.listNotices")(function* (
  actor: InSession,
  filter: NoticeFilter,
  query: ListQuery
) {
  yield* mayJudge(actor)
  const plan = yield* planList(noticeList, query, filter)
  return { plan, page: yield* (yield* Notices).list(filter, plan) }
})

const ownerOf = Effect.fnUntraced(function* ({ ownerId }: Notice) {
  return Option.getOrUndefined(yield* (yield* Users).byId(ownerId))
})

const block = Effect.fnUntraced(function* (actor: InSession, id: NoticeId) {
  const { status, trackId } = yield* findNotice(id)
  if (!noticeMachine.allows(status, "taken_down")) return yield* new NoticeConflict({ status })
  const at = yield* DateTime.now
  if (!(yield* (yield* Notices).blockTrack(trackId, at))) return yield* new TrackGone()
  const notice = yield* takeStep(id, { to: "taken_down", by: actor.userId, at })
  const context = contextOf(actor)
  yield* (yield* Outbox).append([
    trackTakenDown(notice, context),
    ...mailToOwner(
      yield* ownerOf(notice),
      (to, username) => ({
        template: "track_taken_down",
        to,
        username,
        title: notice.trackTitle ?? "",
        noticeId: notice.id,
        claimant: notice.onBehalfOf ?? notice.claimantName ?? "",
        work: notice.workDescription
      }),
      context
    )
  ])
  return notice
})

/**
 * Takes a track down (20-tracks, "Rights"): blocked for everybody and off every list, on all processes within a second;
 * its owner is told how to object. All of it happens or nothing does.
 */
export const takeDown = Effect.fn("tracks.takeDown")(function* (actor: InSession, id: NoticeId) {
  yield* mayJudge(actor)
  return yield* (yield* Transaction).atomically(block(actor, id))
})

const dismiss = Effect.fnUntraced(function* (actor: InSession, id: NoticeId, reason: string) {
  const notice = yield* takeStep(id, { to: "dismissed", by: actor.userId, at: yield* DateTime.now, reason })
  yield* (yield* Outbox).append([noticeDismissed(notice, contextOf(actor))])
  return notice
})

/** Lets a notice be without consequence: it names no infringement, or is none. */
export const dismissNotice = Effect.fn("tracks.dismissNotice")(function* (
  actor: InSession,
  id: NoticeId,
  reason: string
) {
  yield* mayJudge(actor)
  return yield* (yield* Transaction).atomically(dismiss(actor, id, reason.trim()))
})

const restore = Effect.fnUntraced(function* (actor: InSession, id: NoticeId, claimantWithdrew: boolean) {
  const at = yield* DateTime.now
  yield* Effect.fromResult(judgeRestoration(yield* findNotice(id), claimantWithdrew, at))
  const notice = yield* takeStep(id, { to: "restored", by: actor.userId, at, claimantWithdrew })
  const outcome = yield* (yield* Notices).releaseTrack(notice.trackId, at)
  if (outcome === "gone") return yield* new TrackGone()
  const stillBlocked = outcome === "held"
  const context = contextOf(actor)
  yield* (yield* Outbox).append([
    trackRestored(notice, context, { claimant_withdrew: claimantWithdrew, still_blocked: stillBlocked }),
    ...mailToOwner(
      yield* ownerOf(notice),
      (to, username) => ({
        template: "track_restored",
        to,
        username,
        title: notice.trackTitle ?? "",
        noticeId: notice.id,
        stillBlocked
      }),
      context
    )
  ])
  return { notice, stillBlocked }
})

/**
 * Settles a notice in the owner's favour: after a counter-notice, when the claimant's time to go to court is over, or at
 * once where the claimant withdrew. The track comes back unless another notice still blocks it. Nothing is restored
 * without somebody who knows whether the claimant went to court.
 */
export const restoreTrack = Effect.fn("tracks.restore")(function* (
  actor: InSession,
  id: NoticeId,
  claimantWithdrew: boolean
) {
  yield* mayJudge(actor)
  return yield* (yield* Transaction).atomically(restore(actor, id, claimantWithdrew))
})
