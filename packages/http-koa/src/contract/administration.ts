import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { nonBlankUpTo, Role, UserId } from "@veza/domain/kernel"
import { RequiresSession } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf, listQuery } from "./lists.ts"
import { privateRead, privateWrite, RouteRules } from "./rules.ts"

/** An account as administrators see it: nothing by which anybody could sign in, and no birthdate. */
export const AdministeredUser = Schema.Struct({
  id: UserId,
  email: Schema.String,
  username: Schema.String,
  display_name: Schema.NullOr(Schema.String),
  role: Role,
  is_verified: Schema.Boolean,
  is_active: Schema.Boolean,
  is_banned: Schema.Boolean,
  banned_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  ban_reason: Schema.NullOr(Schema.String),
  promoted_to_creator_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  last_login_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  login_count: Schema.Int,
  created_at: Schema.DateTimeUtcFromString
}).annotate({ identifier: "AdministeredUser" })

const byId = { id: UserId }
const whileMaintained = { auth: "A", duringMaintenance: true } as const

export const UserAdministration = HttpApiGroup.make("userAdministration")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...listQuery,
        q: Schema.optionalKey(nonBlankUpTo(254)),
        role: Schema.optionalKey(Role),
        is_banned: Schema.optionalKey(Schema.Boolean),
        is_verified: Schema.optionalKey(Schema.Boolean)
      },
      success: ok(listOf(AdministeredUser)),
      error: failures("Forbidden", "InvalidCursor", "PageTooDeep")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateRead(whileMaintained))
      .annotate(
        OpenApi.Summary,
        "Users, by what their username or e-mail address begins with; sort by created_at, username or email"
      ),
    HttpApiEndpoint.put("changeRole", "/:id/role", {
      params: byId,
      payload: Schema.Struct({ role: Role }),
      success: ok(AdministeredUser),
      error: failures("Forbidden", "UserNotFound", "OwnAccount", "LastAdministrator", "ReauthenticationRequired")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite(whileMaintained))
      .annotate(OpenApi.Summary, "Give somebody a role; their access tokens are dead at once, their sessions go on"),
    HttpApiEndpoint.post("ban", "/:id/ban", {
      params: byId,
      payload: Schema.Struct({ reason: nonBlankUpTo(500) }),
      success: ok(AdministeredUser),
      error: failures("Forbidden", "UserNotFound", "OwnAccount", "LastAdministrator", "ReauthenticationRequired")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite(whileMaintained))
      .annotate(OpenApi.Summary, "Ban somebody: signed out everywhere at once, and told by mail"),
    HttpApiEndpoint.make("DELETE")("unban", "/:id/ban", {
      params: byId,
      success: ok(AdministeredUser),
      error: failures("Forbidden", "UserNotFound", "ReauthenticationRequired")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite(whileMaintained))
      .annotate(OpenApi.Summary, "End a ban")
  )
  .prefix("/api/v1/admin/users")
  .annotate(OpenApi.Title, "Administration: users")
