import { Effect, Metric } from "effect"
import { cursorAfter } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/tracks"
import { RequestActor, SessionActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import type { NoticeView } from "../contract/dmca.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"
import { pagination } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>["dmca"]

const steps = Metric.counter("veza_dmca_notices_total", {
  description: "Steps of notices of infringement, by the status they led to",
  incremental: true
})
const counted = ({ status }: Domain.Notice) => Metric.update(Metric.withAttributes(steps, { status }), 1)

const claimantOf = (notice: Domain.Notice): NoticeView["claimant"] =>
  notice.claimantName === null
    ? null
    : {
        name: notice.claimantName,
        address: notice.claimantAddress,
        phone: notice.claimantPhone,
        email: notice.claimantEmail,
        on_behalf_of: notice.onBehalfOf,
        signature: notice.signature
      }

const counterNoticeOf = (notice: Domain.Notice): NoticeView["counter_notice"] =>
  notice.counterName === null
    ? null
    : {
        name: notice.counterName,
        address: notice.counterAddress,
        phone: notice.counterPhone,
        statement: notice.counterStatement,
        signature: notice.counterSignature
      }

const view = (notice: Domain.Notice): NoticeView => {
  const window = notice.counteredAt && Domain.restorationWindow(notice.counteredAt)
  return {
    id: notice.id,
    track_id: notice.trackId,
    track_title: notice.trackTitle,
    owner_id: notice.ownerId,
    status: notice.status,
    claimant: claimantOf(notice),
    work_description: notice.workDescription,
    work_url: notice.workUrl,
    received_at: notice.createdAt,
    decided_at: notice.decidedAt,
    decided_by: notice.decidedBy,
    reason: notice.reason,
    countered_at: notice.counteredAt,
    counter_notice: counterNoticeOf(notice),
    restorable_from: window && window.from,
    restore_by: window && window.by,
    restored_at: notice.restoredAt,
    restored_by: notice.restoredBy,
    claimant_withdrew: notice.claimantWithdrew
  }
}

const notice: Handlers["notice"] = Effect.fnUntraced(function* ({ payload }) {
  const filed = yield* Domain.fileNotice(yield* RequestActor, payload)
  yield* counted(filed)
  return { id: filed.id, status: filed.status, received_at: filed.createdAt }
})

const counterNotice: Handlers["counterNotice"] = Effect.fnUntraced(function* ({ params, payload }) {
  const { notice: countered, at, window } = yield* Domain.counterNotice(yield* SessionActor, params.id, payload)
  yield* counted(countered)
  return {
    id: countered.id,
    status: countered.status,
    countered_at: at,
    restorable_from: window.from,
    restore_by: window.by
  }
})

const list: Handlers["list"] = Effect.fnUntraced(function* ({ query }) {
  const filter: Domain.NoticeFilter = { status: query.status, trackId: query.track_id }
  const { plan, page } = yield* Domain.listNotices(yield* SessionActor, filter, query)
  const next = page.next === undefined ? undefined : cursorAfter(Domain.noticeList, plan, filter, page.next)
  return { list: page.items.map(view), pagination: pagination(page, plan, next) }
})

const takedown: Handlers["takedown"] = Effect.fnUntraced(function* ({ params }) {
  const taken = yield* Domain.takeDown(yield* SessionActor, params.id)
  yield* counted(taken)
  return view(taken)
})

const dismiss: Handlers["dismiss"] = Effect.fnUntraced(function* ({ params, payload }) {
  const dismissed = yield* Domain.dismissNotice(yield* SessionActor, params.id, payload.reason)
  yield* counted(dismissed)
  return view(dismissed)
})

const restore: Handlers["restore"] = Effect.fnUntraced(function* ({ params, payload }) {
  const withdrew = payload.claimant_withdrew ?? false
  const { notice: restored, stillBlocked } = yield* Domain.restoreTrack(yield* SessionActor, params.id, withdrew)
  yield* counted(restored)
  return { ...view(restored), still_blocked: stillBlocked }
})

export const dmca: Handlers = { notice, counterNotice, list, takedown, dismiss, restore }
