import { DateTime, Effect } from "effect"
import { Outbox, systemContext, Transaction, type UserId } from "../kernel/index.ts"
import { AccountErasure } from "./erasure-ports.ts"
import { userAnonymised } from "./events.ts"
import { Erasers } from "./personal-data.ts"

/** How long the last traces of a deleted account stay (05-decisions, "Deletion after 30 days"). */
const grace = { days: 30 } as const
/** At most this many accounts are dealt with in one run; the next run takes the rest. */
const batch = 500

const anonymise = Effect.fnUntraced(function* (id: UserId) {
  if (!(yield* (yield* AccountErasure).markAnonymised(id, yield* DateTime.now))) return false
  yield* Effect.forEach(yield* Erasers, (eraser) => eraser.finally(id), { discard: true })
  yield* (yield* Outbox).append([userAnonymised(id, {}, systemContext)])
  return true
})

const finish = Effect.fnUntraced(function* (id: UserId) {
  yield* Effect.forEach(yield* Erasers, (eraser) => eraser.afterwards(id), { discard: true })
  return yield* (yield* Transaction).atomically(anonymise(id))
})

/** One account that resists must not keep the others from going; it is tried again by the next run. */
const finishOrReport = (id: UserId) =>
  Effect.catchCause(finish(id), (cause) =>
    Effect.as(Effect.logError("an account could not be anonymised", { user_id: id }, cause), false)
  )

/** Job: the final anonymisation of accounts deleted 30 days ago; answers how many. */
export const finishDeletions = Effect.fn("accounts.finishDeletions")(function* () {
  const due = yield* (yield* AccountErasure).due(DateTime.subtract(yield* DateTime.now, grace), batch)
  const finished = yield* Effect.forEach(due, finishOrReport)
  return finished.filter((one) => one).length
})
