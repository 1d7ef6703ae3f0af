import { Effect, Option } from "effect"
import { NoticeConflict, NoticeNotFound } from "./errors.ts"
import type { NoticeId, NoticeStep } from "./notice.ts"
import { Notices } from "./ports.ts"

export const findNotice = Effect.fnUntraced(function* (id: NoticeId) {
  return Option.getOrUndefined(yield* (yield* Notices).byId(id)) ?? (yield* new NoticeNotFound())
})

/** Moves a notice and answers it as it is then. Of several who try at once one succeeds. */
export const takeStep = Effect.fnUntraced(function* (id: NoticeId, step: NoticeStep) {
  const moved = yield* (yield* Notices).take(id, step)
  const notice = yield* findNotice(id)
  return moved ? notice : yield* new NoticeConflict({ status: notice.status })
})
