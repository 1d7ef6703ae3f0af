import { Effect, Schema } from "effect"
import { eraseAfterwards } from "@veza/domain/accounts"
import { type Consumer, handleOnce, type Inbox, UserId } from "@veza/domain/kernel"

const decode = Schema.decodeUnknownEffect(Schema.Struct({ user_id: UserId }))

/** Cleans up what a deleted account leaves outside the database. What is left is on record, so repeating is harmless. */
export const eraseAccount: Consumer<Inbox | Effect.Services<ReturnType<typeof eraseAfterwards>>> = {
  name: "erase-account",
  types: ["user.deleted"],
  handle: (event) =>
    Effect.flatMap(decode(event.payload), ({ user_id }) => handleOnce("erase-account", event, eraseAfterwards(user_id)))
}
