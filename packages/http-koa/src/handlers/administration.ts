import { Effect } from "effect"
import * as Accounts from "@veza/domain/accounts"
import { cursorAfter } from "@veza/domain/kernel"
import { SessionActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"
import { pagination } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>["userAdministration"]

const view = ({ user, ...administered }: Accounts.AdministeredUser) => ({
  id: user.id,
  email: user.email,
  username: user.username,
  display_name: user.displayName,
  role: user.role,
  is_verified: user.isVerified,
  is_active: user.isActive,
  is_banned: user.isBanned,
  banned_at: administered.bannedAt,
  ban_reason: administered.banReason,
  promoted_to_creator_at: user.promotedToCreatorAt,
  last_login_at: administered.lastLoginAt,
  login_count: administered.loginCount,
  created_at: user.createdAt
})

const list: Handlers["list"] = Effect.fnUntraced(function* ({ query }) {
  const filter: Accounts.UserFilter = {
    prefix: query.q,
    role: query.role,
    isBanned: query.is_banned,
    isVerified: query.is_verified
  }
  const { plan, page } = yield* Accounts.listUsers(yield* SessionActor, filter, query)
  const next = page.next === undefined ? undefined : cursorAfter(Accounts.userList, plan, filter, page.next)
  return { list: page.items.map(view), pagination: pagination(page, plan, next) }
})

const changeRole: Handlers["changeRole"] = Effect.fnUntraced(function* ({ params, payload }) {
  return view(yield* Accounts.changeRole(yield* SessionActor, params.id, payload.role))
})

const ban: Handlers["ban"] = Effect.fnUntraced(function* ({ params, payload }) {
  return view(yield* Accounts.banUser(yield* SessionActor, params.id, payload.reason))
})

const unban: Handlers["unban"] = Effect.fnUntraced(function* ({ params }) {
  return view(yield* Accounts.unbanUser(yield* SessionActor, params.id))
})

export const userAdministration: Handlers = { list, changeRole, ban, unban }
