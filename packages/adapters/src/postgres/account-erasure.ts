import { DateTime, Effect, Layer } from "effect"
import { AccountErasure } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"

const idsOf = (rows: ReadonlyArray<{ readonly id: string }>) => rows.map(({ id }) => UserId.make(id))
const some = (rows: ReadonlyArray<unknown>): boolean => rows.length > 0

export const accountErasurePostgres = Layer.effect(
  AccountErasure,
  Effect.map(Database, ({ sql }) =>
    AccountErasure.of({
      anonymise: (id, { username, email, passwordHash }, at) =>
        Effect.map(
          bounded(sql`
            UPDATE users SET username = ${username}, email = ${email}, password_hash = ${passwordHash},
              display_name = NULL, birthdate = NULL, is_active = false, token_version = token_version + 1,
              deleted_at = ${DateTime.toDate(at)}, updated_at = ${DateTime.toDate(at)}
            WHERE id = ${id} AND deleted_at IS NULL RETURNING 1`),
          some
        ),
      dropMailTokens: (id) => bounded(sql`DELETE FROM mail_tokens WHERE user_id = ${id}`),
      due: (before, limit) =>
        Effect.map(
          bounded(sql<{ id: string }>`
            SELECT id FROM users WHERE deleted_at < ${DateTime.toDate(before)} AND anonymised_at IS NULL
            ORDER BY deleted_at LIMIT ${limit}`),
          idsOf
        ),
      markAnonymised: (id, at) =>
        Effect.map(
          bounded(sql`
            UPDATE users SET anonymised_at = ${DateTime.toDate(at)}, last_login_at = NULL, last_login_ip = NULL,
              login_count = 0, banned_at = NULL, ban_reason = NULL, username_changed_at = NULL,
              promoted_to_creator_at = NULL
            WHERE id = ${id} AND deleted_at IS NOT NULL AND anonymised_at IS NULL RETURNING 1`),
          some
        ),
      forgetTraces: Effect.fnUntraced(function* (id) {
        yield* bounded(sql`DELETE FROM sessions WHERE user_id = ${id}`)
        yield* bounded(sql`DELETE FROM exports WHERE user_id = ${id}`)
        yield* bounded(sql`DELETE FROM mail_tokens WHERE user_id = ${id}`)
        yield* bounded(sql`
          DELETE FROM outbox_buried WHERE aggregate IN (${`mail:${id}`}, ${`user:${id}`})
            OR context->>'actor_id' = ${id} OR payload->>'user_id' = ${id}`)
      })
    })
  )
)
