import { Effect, Option } from "effect"
import type { SignedIn } from "../kernel/index.ts"
import { UserNotFound } from "./errors.ts"
import { Profiles } from "./ports.ts"
import type { User } from "./user.ts"

const found = Option.match({
  onNone: () => Effect.fail(new UserNotFound()),
  onSome: (user: User) => Effect.succeed(user)
})

/** The caller's own account. */
export const whoAmI = (actor: SignedIn) =>
  Effect.flatMap(Profiles, (profiles) => Effect.flatMap(profiles.own(actor.userId), found))
