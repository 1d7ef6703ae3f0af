import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { type NewUser, User, Users, UsernameTaken } from "@veza/domain/accounts"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

export const UserRow = Schema.Struct({
  ...User.fields,
  promotedToCreatorAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  createdAt: Schema.DateTimeUtcFromDate
})
const decodeUser = Schema.decodeUnknownEffect(UserRow)
const CredentialsRow = Schema.Struct({ ...UserRow.fields, passwordHash: Schema.NullOr(Schema.String) })
const decodeCredentials = Schema.decodeUnknownEffect(CredentialsRow)

/** The columns of a user under the names the domain gives them; no table that is joined with it for a read may have columns of these names. */
export const userColumns = `id, email, username, display_name AS "displayName", role, is_verified AS "isVerified",
  is_active AS "isActive", is_banned AS "isBanned", token_version AS "tokenVersion", birthdate::text,
  promoted_to_creator_at AS "promotedToCreatorAt", created_at AS "createdAt"`

/** Reads one user, for this port and for the followed profile. */
export const selectUser = Effect.map(Database, ({ read, sql }) => {
  const columnList = sql.literal(userColumns)
  return (id: string) =>
    bounded(
      Effect.flatMap(read`SELECT ${columnList} FROM users WHERE id = ${id}`, ([row]) =>
        row === undefined
          ? Effect.succeed(Option.none<User>())
          : Effect.map(decodeUser(row), (user) => Option.some(new User(user)))
      )
    )
})

export const usersPostgres = Layer.effect(
  Users,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const columnList = sql.literal(userColumns)
    const changed = (rows: ReadonlyArray<unknown>) => rows.length > 0
    /** Registrations of one address are verified one after the other: the second sees that the first was. */
    const verifyFirst = Effect.fnUntraced(function* (id: string) {
      yield* sql`
        SELECT 1 FROM users WHERE lower(email) = (SELECT lower(email) FROM users WHERE id = ${id}) ORDER BY id FOR UPDATE`
      const verified = yield* sql`
        UPDATE users u SET is_verified = true, updated_at = now()
        WHERE id = ${id} AND NOT is_verified AND NOT EXISTS (
          SELECT 1 FROM users other WHERE lower(other.email) = lower(u.email) AND other.is_verified)
        RETURNING 1`
      return changed(verified)
    })
    const insert = Effect.fnUntraced(function* (user: NewUser, abandonedBefore: DateTime.Utc) {
      yield* sql`
        DELETE FROM users WHERE lower(username) = lower(${user.username}) AND NOT is_verified
          AND created_at < ${DateTime.toDate(abandonedBefore)}`
      const at = DateTime.toDate(user.createdAt)
      const added = yield* sql`
        INSERT INTO users (id, email, username, password_hash, birthdate, role, is_verified, created_at, updated_at)
        VALUES (${user.id}, ${user.email}, ${user.username}, ${user.passwordHash ?? null}, ${user.birthdate ?? null}::date,
          ${user.role}, ${user.isVerified}, ${at}, ${at})
        ON CONFLICT DO NOTHING RETURNING 1`
      if (!changed(added)) return false
      // After the name is ours: who gave it up at the same moment has written by now that it is held.
      const held = yield* sql`
        DELETE FROM users WHERE id = ${user.id} AND EXISTS (
          SELECT 1 FROM held_usernames WHERE name = lower(${user.username}) AND held_until > ${at})
        RETURNING 1`
      return !changed(held)
    })
    return Users.of({
      byId: (id) =>
        bounded(
          Effect.flatMap(sql`SELECT ${columnList} FROM users WHERE id = ${id}`, ([row]) =>
            row === undefined
              ? Effect.succeed(Option.none<User>())
              : Effect.map(decodeUser(row), (user) => Option.some(new User(user)))
          )
        ),
      credentialsOf: (email) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columnList}, password_hash AS "passwordHash" FROM users WHERE lower(email) = lower(${email})
              ORDER BY is_verified DESC, created_at DESC LIMIT 1`,
            ([row]) =>
              row === undefined
                ? Effect.succeed(Option.none())
                : Effect.map(decodeCredentials(row), ({ passwordHash, ...user }) =>
                    Option.some({ user: new User(user), passwordHash: passwordHash ?? undefined })
                  )
          )
        ),
      waiting: (email, since, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columnList} FROM users
              WHERE lower(email) = lower(${email}) AND NOT is_verified AND created_at > ${DateTime.toDate(since)}
              ORDER BY created_at, id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, (row) => Effect.map(decodeUser(row), (user) => new User(user)))
          )
        ),
      passwordHashOf: (id) =>
        Effect.map(
          bounded(sql<{ hash: string | null }>`SELECT password_hash AS hash FROM users WHERE id = ${id}`),
          ([row]) => Option.fromNullishOr(row?.hash)
        ),
      hasVerified: (email) =>
        Effect.map(bounded(sql`SELECT 1 FROM users WHERE lower(email) = lower(${email}) AND is_verified`), changed),
      add: Effect.fnUntraced(function* (user, abandonedBefore) {
        if (!(yield* bounded(sql.withTransaction(insert(user, abandonedBefore))))) return yield* new UsernameTaken()
      }),
      markVerified: (id) =>
        sql.withTransaction(verifyFirst(id)).pipe(
          // An account may move to the address meanwhile; the unique index says so.
          Effect.catchReason("SqlError", "UniqueViolation", () => Effect.succeed(false)),
          bounded
        ),
      promoteToCreator: (id, at) =>
        Effect.map(
          bounded(sql`
            UPDATE users SET role = 'creator', promoted_to_creator_at = ${DateTime.toDate(at)}, updated_at = now()
            WHERE id = ${id} AND role = 'user' RETURNING 1`),
          changed
        ),
      recordLogin: (id, at, ip) =>
        bounded(sql`
          UPDATE users SET last_login_at = ${DateTime.toDate(at)}, last_login_ip = ${ip}, login_count = login_count + 1
          WHERE id = ${id}`),
      holdPasswordHash: (id, hash) =>
        Effect.map(
          bounded(sql`SELECT 1 FROM users WHERE id = ${id} AND password_hash = ${hash} FOR NO KEY UPDATE`),
          changed
        ),
      replacePasswordHash: (id, hash) =>
        bounded(sql`UPDATE users SET password_hash = ${hash}, updated_at = now() WHERE id = ${id}`),
      bumpTokenVersion: (id) =>
        bounded(sql`UPDATE users SET token_version = token_version + 1, updated_at = now() WHERE id = ${id}`),
      isUsernameFree: (username, abandonedBefore) =>
        Effect.map(
          bounded(sql`
            SELECT 1 FROM users WHERE lower(username) = lower(${username})
              AND (is_verified OR created_at >= ${DateTime.toDate(abandonedBefore)})`),
          (rows) => rows.length === 0
        ),
      removeAbandoned: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`DELETE FROM users WHERE id IN (
              SELECT id FROM users WHERE NOT is_verified AND created_at < ${DateTime.toDate(before)} LIMIT ${batchSize})
              AND NOT is_verified RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  })
)
