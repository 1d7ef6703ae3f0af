import { DateTime, Effect, Layer, Option, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { type AdministeredUser, User, UserAdministration, type UserFilter, type UserSort } from "@veza/domain/accounts"
import { Role, UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { type KeysetSort, keysetPages } from "./keyset-page.ts"
import { userColumns, UserRow } from "./users.ts"

const columns = `${userColumns}, banned_at AS "bannedAt", ban_reason AS "banReason",
  last_login_at AS "lastLoginAt", login_count AS "loginCount"`

const Row = Schema.Struct({
  ...UserRow.fields,
  bannedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  banReason: Schema.NullOr(Schema.String),
  lastLoginAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  loginCount: Schema.Int
})
const decodeRow = Schema.decodeUnknownEffect(Row)
const decodeUser = Schema.decodeUnknownEffect(UserRow)
const decodeRoles = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ role: Role })))
const decodeIds = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ id: UserId })))

const decode = (row: unknown): Effect.Effect<AdministeredUser, Schema.SchemaError> =>
  Effect.map(decodeRow(row), ({ bannedAt, banReason, lastLoginAt, loginCount, ...user }) => ({
    user: new User(user),
    bannedAt,
    banReason,
    lastLoginAt,
    loginCount
  }))

const sorts: Record<UserSort, KeysetSort<AdministeredUser>> = {
  created_at: { column: "created_at", type: "timestamptz", of: ({ user }) => DateTime.formatIso(user.createdAt) },
  username: { column: 'username COLLATE "C"', type: "text", of: ({ user }) => user.username },
  email: { column: 'email COLLATE "C"', type: "text", of: ({ user }) => user.email }
}

/** A pattern for what begins with `text`, whose own wildcards mean themselves. */
const beginsWith = (text: string): string => `${text.replace(/[\\%_]/gu, "\\$&")}%`

export const userAdministrationPostgres = Layer.effect(
  UserAdministration,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const pageOf = yield* keysetPages({ table: "users", columns, sorts, idOf: ({ user }) => user.id, decode })
    const changed = (rows: ReadonlyArray<unknown>) => rows.length > 0

    const matching = ({ prefix, role, isBanned, isVerified }: UserFilter): ReadonlyArray<Fragment> => [
      sql`true`,
      ...(prefix === undefined
        ? []
        : [sql`(lower(username) LIKE lower(${beginsWith(prefix)}) OR lower(email) LIKE lower(${beginsWith(prefix)}))`]),
      ...(role === undefined ? [] : [sql`role = ${role}`]),
      ...(isBanned === undefined ? [] : [sql`is_banned = ${isBanned}`]),
      ...(isVerified === undefined ? [] : [sql`is_verified = ${isVerified}`])
    ]

    return UserAdministration.of({
      list: (filter, plan) => pageOf(matching(filter), plan),
      byId: (id) =>
        bounded(
          Effect.flatMap(sql`SELECT ${sql.literal(columns)} FROM users WHERE id = ${id}`, ([row]) =>
            row === undefined ? Effect.succeed(Option.none()) : Effect.map(decode(row), Option.some)
          )
        ),
      byUsername: (username) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${sql.literal(userColumns)} FROM users WHERE lower(username) = lower(${username})`,
            ([row]) =>
              row === undefined
                ? Effect.succeed(Option.none())
                : Effect.map(decodeUser(row), (user) => Option.some(new User(user)))
          )
        ),
      // Always in one order, so that two who lock them at once do not wait for each other.
      lockAdministrators: bounded(
        Effect.flatMap(
          sql`SELECT id FROM users WHERE role = 'admin' AND is_verified AND is_active AND NOT is_banned
            ORDER BY id FOR UPDATE`,
          (rows) => Effect.map(decodeIds(rows), (found) => found.map(({ id }) => id))
        )
      ),
      setRole: (id, role) =>
        bounded(
          Effect.flatMap(
            sql`
              WITH before AS (SELECT id, role FROM users WHERE id = ${id} FOR UPDATE)
              UPDATE users SET role = ${role}, token_version = token_version + 1, updated_at = now()
              FROM before WHERE users.id = before.id AND before.role <> ${role} RETURNING before.role`,
            (rows) => Effect.map(decodeRoles(rows), ([found]) => Option.fromNullishOr(found?.role))
          )
        ),
      ban: (id, reason, at) =>
        Effect.map(
          bounded(sql`
            UPDATE users SET is_banned = true, banned_at = ${DateTime.toDate(at)}, ban_reason = ${reason},
              updated_at = now()
            WHERE id = ${id} AND NOT is_banned RETURNING 1`),
          changed
        ),
      unban: (id) =>
        Effect.map(
          bounded(sql`
            UPDATE users SET is_banned = false, banned_at = NULL, ban_reason = NULL, updated_at = now()
            WHERE id = ${id} AND is_banned RETURNING 1`),
          changed
        )
    })
  })
)
