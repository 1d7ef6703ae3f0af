import { DateTime, Effect, Layer, Option } from "effect"
import { ProfileImages } from "@veza/domain/accounts"
import { bounded, Database } from "./client.ts"

const keyOf = ([row]: ReadonlyArray<{ readonly key: string | null }>) => Option.fromNullishOr(row?.key)

export const profileImagesPostgres = Layer.effect(
  ProfileImages,
  Effect.map(Database, ({ sql }) =>
    ProfileImages.of({
      set: (user, kind, { storageKey, contentHash, changedAt }) =>
        Effect.map(
          bounded(sql<{ key: string | null }>`
            WITH former AS (
              SELECT storage_key FROM profile_images WHERE user_id = ${user} AND kind = ${kind} FOR UPDATE)
            INSERT INTO profile_images (user_id, kind, storage_key, content_hash, changed_at)
            SELECT ${user}, ${kind}, ${storageKey}, ${contentHash}, ${DateTime.toDate(changedAt)}
            -- Joined so that the former is read, and locked, before the row changes.
            FROM (VALUES (1)) AS one LEFT JOIN former ON true
            ON CONFLICT (user_id, kind) DO UPDATE SET storage_key = excluded.storage_key,
              content_hash = excluded.content_hash, changed_at = excluded.changed_at
            RETURNING (SELECT storage_key FROM former) AS key`),
          keyOf
        ),
      clear: (user, kind) =>
        Effect.map(
          bounded(sql<{ key: string }>`
            DELETE FROM profile_images WHERE user_id = ${user} AND kind = ${kind} RETURNING storage_key AS key`),
          keyOf
        )
    })
  )
)
