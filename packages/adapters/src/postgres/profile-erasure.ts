import { Effect, Layer, Schema } from "effect"
import { imageKeysOf, ProfileErasure, ProfileRecords, TermsType } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { isShownNowhere } from "./image-notes.ts"

const HeldRow = Schema.Struct({ name: Schema.String, heldUntil: Schema.DateTimeUtcFromDate })
const decodeHeld = Schema.decodeUnknownEffect(Schema.Array(HeldRow))

const AcceptanceRow = Schema.Struct({
  id: Schema.String,
  userId: UserId,
  type: TermsType,
  version: Schema.String,
  acceptedAt: Schema.DateTimeUtcFromDate,
  ip: Schema.String,
  userAgent: Schema.String
})
const decodeAcceptances = Schema.decodeUnknownEffect(Schema.Array(AcceptanceRow))

export const profileErasurePostgres = Layer.effect(
  ProfileErasure,
  Effect.map(Database, ({ sql }) =>
    ProfileErasure.of({
      drop: Effect.fnUntraced(function* (id) {
        yield* bounded(sql`DELETE FROM user_profiles WHERE user_id = ${id}`)
        yield* bounded(sql`DELETE FROM profile_images WHERE user_id = ${id}`)
        yield* bounded(sql`DELETE FROM user_settings WHERE user_id = ${id}`)
        yield* bounded(sql`DELETE FROM privacy_opt_outs WHERE user_id = ${id}`)
        yield* bounded(sql`DELETE FROM held_usernames WHERE user_id = ${id}`)
      }),
      imageFiles: (id, limit) =>
        Effect.map(
          // Compared by bytes, as the index image_files_owner is; "0" is the character behind "/".
          bounded(sql<{ key: string }>`
            SELECT storage_key AS key FROM image_files f
            WHERE storage_key ~>=~ ${imageKeysOf(id)} AND storage_key ~<~ ${imageKeysOf(id).replace(/\/$/u, "0")}
              AND ${sql.literal(isShownNowhere)}
            LIMIT ${limit}`),
          (rows) => rows.map(({ key }) => key)
        ),
      blankAcceptances: (id) =>
        bounded(sql`UPDATE terms_acceptances SET ip = '', user_agent = '' WHERE user_id = ${id}`)
    })
  )
)

export const profileRecordsPostgres = Layer.effect(
  ProfileRecords,
  Effect.map(Database, ({ sql }) =>
    ProfileRecords.of({
      heldUsernames: (owner) =>
        bounded(
          Effect.flatMap(
            sql`SELECT name, held_until AS "heldUntil" FROM held_usernames WHERE user_id = ${owner} ORDER BY name`,
            decodeHeld
          )
        ),
      acceptances: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT id, user_id AS "userId", type, version, accepted_at AS "acceptedAt", ip, user_agent AS "userAgent"
              FROM terms_acceptances
              WHERE user_id = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
              ORDER BY id LIMIT ${limit}`,
            decodeAcceptances
          )
        )
    })
  )
)
