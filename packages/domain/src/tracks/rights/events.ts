import type { EventContext, EventType, NewEvent } from "../../kernel/index.ts"
import type { Notice } from "./notice.ts"

/** In order with the other events of the track. Who claimed what is in the notice, not here. */
const noticeEvent =
  (type: EventType) =>
  (notice: Notice, context: EventContext, more: object = {}): NewEvent => ({
    type,
    aggregate: `track:${notice.trackId}`,
    payload: { track_id: notice.trackId, user_id: notice.ownerId, notice_id: notice.id, ...more },
    context
  })

export const noticeReceived = noticeEvent("track.notice_received")
export const noticeDismissed = noticeEvent("track.notice_dismissed")
export const trackTakenDown = noticeEvent("track.taken_down")
export const noticeCountered = noticeEvent("track.notice_countered")
export const trackRestored = noticeEvent("track.restored")
