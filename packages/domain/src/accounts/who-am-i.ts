import { Effect, Option } from "effect"
import type { SignedIn } from "../kernel/index.ts"
import { UserNotFound } from "./errors.ts"
import { Profiles } from "./ports.ts"

/** The caller's own account. */
export const whoAmI = Effect.fnUntraced(function* (actor: SignedIn) {
  return yield* Option.match(yield* (yield* Profiles).own(actor.userId), {
    onNone: () => Effect.fail(new UserNotFound()),
    onSome: Effect.succeed
  })
})
