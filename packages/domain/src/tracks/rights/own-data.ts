import { DateTime, Effect } from "effect"
import { type Eraser, exportedTime, inPages, type PersonalDataSection, type PersonalRow } from "../../accounts/index.ts"
import type { Notice } from "./notice.ts"
import { Notices } from "./ports.ts"

/** What a notice tells of the owner of its track; who claimed it is somebody else's business. */
const noticeRow = (notice: Notice): PersonalRow => ({
  id: notice.id,
  track_id: notice.trackId,
  track_title: notice.trackTitle,
  status: notice.status,
  work_description: notice.workDescription,
  received_at: exportedTime(notice.createdAt),
  decided_at: exportedTime(notice.decidedAt),
  countered_at: exportedTime(notice.counteredAt),
  counter_name: notice.counterName,
  counter_address: notice.counterAddress,
  counter_phone: notice.counterPhone,
  counter_statement: notice.counterStatement,
  counter_signature: notice.counterSignature,
  restored_at: exportedTime(notice.restoredAt)
})

const columns =
  "id track_id track_title status work_description received_at decided_at countered_at counter_name counter_address counter_phone counter_statement counter_signature restored_at"

export const noticeSections = Effect.map(Notices, (notices): ReadonlyArray<PersonalDataSection> => [
  {
    name: "infringement_notices",
    about: "the notices of infringement about your tracks, and what you answered to them",
    columns: columns.split(" "),
    rows: inPages(notices.ofOwner, noticeRow)
  }
])

/** What was sworn to can be shown for the 30 days that an account takes to go; then what it tells of the owner goes. */
export const noticeEraser = Effect.map(Notices, (notices): Eraser => ({
  atOnce: () => Effect.void,
  afterwards: () => Effect.void,
  finally: notices.forgetOwner
}))

/** How long it is known who claimed what once a notice is over: claims end after three years (17 U.S.C. §507(b)). */
const memory = { years: 3 } as const

/** Job: forgets the people in notices that were over three years ago; answers how many notices. */
export const forgetNoticedPeople = Effect.fn("tracks.forgetNoticedPeople")(function* () {
  return yield* (yield* Notices).forgetPeople(DateTime.subtract(yield* DateTime.now, memory))
})
