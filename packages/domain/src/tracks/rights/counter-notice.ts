import { DateTime, Effect, Option } from "effect"
import { mailRequested } from "../../accounts/index.ts"
import { contextOf, type InSession, type NewEvent, Outbox, Transaction } from "../../kernel/index.ts"
import { Tracks } from "../ports.ts"
import { NoticeNotFound, TrackGone } from "./errors.ts"
import { noticeCountered } from "./events.ts"
import { type Notice, type NoticeId, restorationWindow } from "./notice.ts"
import type { CounterStatement } from "./statements.ts"
import { findNotice, takeStep } from "./take-step.ts"

/** The claimant gets a copy, and learns when the track comes back (17 U.S.C. §512(g)(2)(B)). */
const mailToClaimant = (actor: InSession, notice: Notice, statement: CounterStatement, at: DateTime.Utc): NewEvent =>
  mailRequested(
    `notice:${notice.id}`,
    {
      template: "counter_notice",
      to: notice.claimantEmail ?? "",
      claimant: notice.claimantName ?? "",
      noticeId: notice.id,
      title: notice.trackTitle ?? "",
      restorableFrom: DateTime.formatIsoDateUtc(restorationWindow(at).from),
      name: statement.name,
      address: statement.address,
      phone: statement.phone,
      statement: statement.statement,
      signature: statement.signature
    },
    contextOf(actor)
  )

const record = Effect.fnUntraced(function* (actor: InSession, id: NoticeId, statement: CounterStatement) {
  const at = yield* DateTime.now
  const notice = yield* takeStep(id, { to: "countered", at, statement })
  yield* (yield* Outbox).append([
    noticeCountered(notice, contextOf(actor)),
    mailToClaimant(actor, notice, statement, at)
  ])
  return { notice, at, window: restorationWindow(at) }
})

/**
 * Takes in the objection of the owner of a track that was taken down. To anybody else there is no such notice. A track
 * that several notices block is objected to notice by notice, for each has its own claimant.
 */
export const counterNotice = Effect.fn("tracks.counterNotice")(function* (
  actor: InSession,
  id: NoticeId,
  statement: CounterStatement
) {
  const notice = yield* findNotice(id)
  if (notice.ownerId !== actor.userId) return yield* new NoticeNotFound()
  if (Option.isNone(yield* (yield* Tracks).byId(notice.trackId))) return yield* new TrackGone()
  return yield* (yield* Transaction).atomically(record(actor, id, statement))
})
