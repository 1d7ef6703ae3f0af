import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { type AdministeredUser, banUser, changeRole, findUser, operator, unbanUser } from "@veza/domain/accounts"
import { nonBlankUpTo, Role } from "@veza/domain/kernel"
import { print } from "../output.ts"
import { root } from "../root.ts"
import { confirm } from "../users/ask.ts"
import { createAdmin } from "../users/create-admin.ts"
import { lastAdministrator, noSuchUser, refuse } from "../users/refused.ts"
import { withAccounts } from "../with-settings.ts"

const user = Argument.String("user").pipe(Argument.withDescription("An id, an e-mail address or a username"))
const yes = Flag.Boolean("yes").pipe(Flag.withDescription("Do not ask"), Flag.withDefault(false))

const find = (name: string) => Effect.catchTag(findUser(name), "UserNotFound", noSuchUser)

/** An operator is nobody's account and has every right, so that only these two can stand in the way. */
const asOperator = <R>(work: Effect.Effect<AdministeredUser, Effect.Error<ReturnType<typeof changeRole>>, R>) =>
  Effect.catchTags(work, {
    UserNotFound: noSuchUser,
    LastAdministrator: lastAdministrator,
    Forbidden: Effect.die,
    OwnAccount: Effect.die
  })

const show = Effect.fnUntraced(function* (changed: AdministeredUser, line: string) {
  const { id, username, email, role, isBanned } = changed.user
  const view = { id, username, email, role, is_banned: isBanned, ban_reason: changed.banReason }
  yield* print(yield* root, view, [line])
})

const setRole = Effect.fnUntraced(function* (given: {
  readonly user: string
  readonly role: Role
  readonly yes: boolean
}) {
  const { id, username, role } = yield* find(given.user)
  yield* confirm(`Make ${username} (${role}) ${given.role}?`, given.yes)
  const changed = yield* asOperator(changeRole(operator, id, given.role))
  yield* show(changed, `${username} is ${given.role}; access tokens issued until now are dead.`)
}, withAccounts)

const isReason = Schema.is(nonBlankUpTo(500))

const ban = Effect.fnUntraced(function* (given: {
  readonly user: string
  readonly reason: Option.Option<string>
  readonly undo: boolean
  readonly yes: boolean
}) {
  const { id, username } = yield* find(given.user)
  if (given.undo) {
    const changed = yield* asOperator(unbanUser(operator, id))
    return yield* show(changed, `${username} may log in again.`)
  }
  const reason = Option.getOrElse(given.reason, () => "")
  if (!isReason(reason)) return yield* refuse("A ban needs a reason of up to 500 characters, which its owner reads.")
  yield* confirm(`Ban ${username} and sign them out everywhere?`, given.yes)
  const changed = yield* asOperator(banUser(operator, id, reason))
  yield* show(changed, `${username} is banned and signed out everywhere.`)
}, withAccounts)

const role = Argument.Literals("role", Role.literals).pipe(Argument.withDescription("The new role"))
const reason = Flag.String("reason").pipe(Flag.withDescription("Why; the owner is told by mail"), Flag.optional)
const undo = Flag.Boolean("undo").pipe(Flag.withDescription("End the ban"), Flag.withDefault(false))

export const users = Command.make("users").pipe(
  Command.withDescription("Administrate accounts. Exit codes: 0 done, 1 refused or failed."),
  Command.withSubcommands([
    createAdmin,
    Command.make("set-role", { user, role, yes }, setRole).pipe(
      Command.withDescription("Give somebody a role, at once on every process")
    ),
    Command.make("ban", { user, reason, undo, yes }, ban).pipe(
      Command.withDescription("Shut somebody out at once on every process, or let them in again")
    )
  ])
)
