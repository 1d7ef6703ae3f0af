import { Effect, Layer, Option, Schema } from "effect"
import { AccountRecords, type MailTokenRecord, type SessionRecord, User } from "@veza/domain/accounts"
import { bounded, Database } from "./client.ts"
import { SessionRow, sessionColumns } from "./sessions.ts"
import { selectUser } from "./users.ts"

const LoginRow = Schema.Struct({
  at: Schema.NullOr(Schema.DateTimeUtcFromDate),
  ip: Schema.NullOr(Schema.String),
  loginCount: Schema.Int,
  bannedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  banReason: Schema.NullOr(Schema.String)
})
const decodeLogins = Schema.decodeUnknownEffect(Schema.Array(LoginRow))

const RevocableRow = Schema.Struct({
  ...SessionRow.fields,
  revokedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  revokedReason: Schema.NullOr(Schema.String)
})
const decodeSessions = Schema.decodeUnknownEffect(Schema.Array(RevocableRow))

const MailTokenRow = Schema.Struct({
  digest: Schema.Uint8Array,
  purpose: Schema.String,
  expiresAt: Schema.DateTimeUtcFromDate,
  usedAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
const decodeMailTokens = Schema.decodeUnknownEffect(Schema.Array(MailTokenRow))

const toSession = ({ revokedAt, revokedReason, ...session }: typeof RevocableRow.Type): SessionRecord => ({
  ...session,
  revoked: revokedAt === null ? undefined : { at: revokedAt, reason: revokedReason ?? "" }
})
const toMailToken = ({ usedAt, ...token }: typeof MailTokenRow.Type): MailTokenRecord => ({
  ...token,
  usedAt: usedAt ?? undefined
})

export const accountRecordsPostgres = Layer.effect(
  AccountRecords,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const select = yield* selectUser
    const columns = sql.literal(sessionColumns)
    const loginsOf = (id: string) =>
      bounded(
        Effect.flatMap(
          sql`SELECT last_login_at AS at, last_login_ip AS ip, login_count AS "loginCount", banned_at AS "bannedAt",
            ban_reason AS "banReason" FROM users WHERE id = ${id}`,
          decodeLogins
        )
      )
    return AccountRecords.of({
      account: Effect.fnUntraced(function* (id) {
        const user: Option.Option<User> = yield* select(id)
        const [login] = yield* loginsOf(id)
        return Option.map(user, (user) => ({
          user,
          lastLogin: login === undefined || login.at === null ? undefined : { at: login.at, ip: login.ip ?? "" },
          loginCount: login?.loginCount ?? 0,
          ban: login?.bannedAt ? { at: login.bannedAt, reason: login.banReason ?? "" } : undefined
        }))
      }),
      sessions: (owner, after, limit) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`SELECT ${columns}, s.revoked_at AS "revokedAt", s.revoked_reason AS "revokedReason" FROM sessions s
                WHERE s.user_id = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR s.id > ${after?.id ?? null}::uuid)
                ORDER BY s.id LIMIT ${limit}`,
              decodeSessions
            )
          ),
          (rows) => rows.map(toSession)
        ),
      mailTokens: (owner, after, limit) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`SELECT digest, purpose, expires_at AS "expiresAt", used_at AS "usedAt" FROM mail_tokens
                WHERE user_id = ${owner}
                  AND (${after?.digest ?? null}::bytea IS NULL OR digest > ${after?.digest ?? null}::bytea)
                ORDER BY digest LIMIT ${limit}`,
              decodeMailTokens
            )
          ),
          (rows) => rows.map(toMailToken)
        )
    })
  })
)
