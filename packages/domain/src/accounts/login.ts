import { Effect, Option, type Redacted } from "effect"
import { type Actor, Transaction } from "../kernel/index.ts"
import { tryPassword } from "./attempts.ts"
import { AccountBanned, EmailNotVerified, InvalidCredentials } from "./errors.ts"
import { openSession, type Proof, tokensOf } from "./open-session.ts"
import { PasswordHasher, Users } from "./ports.ts"
import { refuseDuringMaintenance } from "./refuse-during-maintenance.ts"
import { enabledFactorOf, type SecondFactorProof, type UseUp, withProof } from "./second-factor-proof.ts"
import { tellFailedLogin } from "./tell-failed-login.ts"
import type { User } from "./user.ts"
import { challengeFor } from "./verify-second-factor.ts"

export interface LoginCommand {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  readonly rememberMe: boolean
  readonly secondFactor?: SecondFactorProof | undefined
}

const open = Effect.fnUntraced(function* (
  actor: Actor,
  user: User,
  proof: Proof,
  hash: { readonly judged: string; readonly next: string | undefined },
  useUp: UseUp | undefined
) {
  // A password that was changed since it was judged opens nothing: its sessions were ended a moment ago.
  if (!(yield* (yield* Users).holdPasswordHash(user.id, hash.judged))) return yield* new InvalidCredentials()
  if (useUp !== undefined) yield* useUp
  if (hash.next !== undefined) yield* (yield* Users).replacePasswordHash(user.id, hash.next)
  return yield* openSession(actor, user, proof)
})

/**
 * Signs somebody in (10-accounts, "Login"). An unknown address and a wrong password are one error after the same work;
 * what else stands in the way (unverified, banned, maintenance, the second factor) is told only after a correct password.
 */
export const login = Effect.fn("accounts.login")(function* (actor: Actor, command: LoginCommand) {
  const found = Option.getOrUndefined(
    Option.filter(yield* (yield* Users).credentialsOf(command.email), ({ user }) => user.isActive)
  )
  const verdict = yield* tryPassword(actor, command.email, command.password, found?.passwordHash)
  const judged = found?.passwordHash
  if (found === undefined || judged === undefined || !verdict.matches) {
    yield* tellFailedLogin(actor, command.email, found?.user.id)
    return yield* new InvalidCredentials()
  }
  const { user } = found
  if (user.isBanned) return yield* new AccountBanned()
  if (!user.isVerified) return yield* new EmailNotVerified()
  yield* refuseDuringMaintenance(user)

  const factor = Option.getOrUndefined(yield* enabledFactorOf(user.id))
  const { rememberMe, secondFactor } = command
  if (factor !== undefined && secondFactor === undefined) {
    return yield* yield* challengeFor({ userId: user.id, rememberMe })
  }
  const next = verdict.outdated ? yield* (yield* PasswordHasher).hash(command.password) : undefined
  const opening = (useUp?: UseUp) => {
    const proof: Proof = { method: "password", withSecondFactor: useUp !== undefined, rememberMe }
    return open(actor, user, proof, { judged, next }, useUp)
  }
  const opened =
    factor === undefined || secondFactor === undefined
      ? yield* (yield* Transaction).atomically(opening())
      : yield* withProof(actor, user.id, factor, secondFactor, opening)
  return yield* tokensOf(user, opened)
})
