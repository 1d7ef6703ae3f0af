import { DateTime, Effect, Option } from "effect"
import { Transaction } from "../kernel/index.ts"
import { applyStatus } from "./apply-status.ts"
import { Distributor, type StoreStatus } from "./distributor.ts"
import { Submissions } from "./ports.ts"
import { deliveryIdOf, type Entry } from "./submission.ts"

/** A store that says nothing for so long is asked, in case its callback was lost. */
const patience = { minutes: 15 } as const
const batch = 100

/** A takedown that the store has lost would never be done; whatever else it lost its owner sees waiting. */
const lost: StoreStatus = { state: "failed", reason: "the store knows nothing of it", by: "system" }

const ask = Effect.fnUntraced(function* (entry: Entry) {
  const found = yield* (yield* Distributor).status(entry.platform, deliveryIdOf(entry.id, entry.message))
  const status = Option.getOrElse(found, () => (entry.kind === "takedown" ? lost : undefined))
  const submission = Option.getOrUndefined(yield* (yield* Submissions).byId(entry.submissionId))
  if (status === undefined || submission === undefined) return false
  const outcome = yield* (yield* Transaction).atomically(applyStatus(entry.id, submission, entry.message, status))
  return outcome === "moved"
})

/** Job: asks stores about what has waited for their word; answers how many moved. */
export const askStores = Effect.fn("distribution.askStores")(function* () {
  const at = yield* DateTime.now
  const waiting = yield* (yield* Submissions).waitingSince(DateTime.subtract(at, patience), at, batch)
  const moved = yield* Effect.forEach(waiting, (entry) =>
    Effect.catchTag(ask(entry), "StoreUnavailable", ({ message }) =>
      Effect.as(Effect.logWarning("a store could not be asked", { platform: entry.platform, reason: message }), false)
    )
  )
  return moved.filter(Boolean).length
})

/** Job: forgets which callbacks were heard; a signature is refused long before. */
export const forgetCallbacks = Effect.fn("distribution.forgetCallbacks")(function* () {
  return yield* (yield* Submissions).forgetCallbacks(DateTime.subtract(yield* DateTime.now, { days: 90 }))
})
