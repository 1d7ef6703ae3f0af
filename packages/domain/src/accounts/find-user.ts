import { Effect, Option, Schema } from "effect"
import { UserId } from "../kernel/index.ts"
import { UserAdministration } from "./administration-ports.ts"
import { UserNotFound } from "./errors.ts"
import { Users } from "./ports.ts"

const isUserId = Schema.is(UserId)

/**
 * The account that an operator names by id, e-mail address or username. A username holds no `@`, so there is no doubt
 * which is meant; of an address the verified account goes first.
 */
export const findUser = Effect.fn("accounts.findUser")(function* (name: string) {
  const users = yield* Users
  const found = isUserId(name)
    ? yield* users.byId(name)
    : name.includes("@")
      ? Option.map(yield* users.credentialsOf(name), ({ user }) => user)
      : yield* (yield* UserAdministration).byUsername(name)
  return Option.getOrUndefined(found) ?? (yield* new UserNotFound())
})
