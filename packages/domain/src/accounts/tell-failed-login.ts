import { Effect, Redacted } from "effect"
import { type Actor, contextOf, Outbox, Secrets, Transaction, type UserId } from "../kernel/index.ts"
import { userLoginFailed } from "./events.ts"

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

/**
 * Tells the audit trail of a failed log-in: the same write whether the address is known or not, which it names by a
 * digest only. Whether it could be written changes nothing for who logs in.
 */
export const tellFailedLogin = Effect.fnUntraced(function* (actor: Actor, email: string, userId: UserId | undefined) {
  const digest = (yield* Secrets).digest(Redacted.make(email.toLowerCase()))
  const failed = userLoginFailed(hex(digest), userId ?? null, contextOf(actor))
  yield* (yield* Transaction).atomically((yield* Outbox).append([failed])).pipe(Effect.ignoreCause)
})
