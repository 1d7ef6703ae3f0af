import { DateTime, Effect, Layer } from "effect"
import { ImageNotes } from "@veza/domain/accounts"
import { bounded, Database } from "./client.ts"

/** Nothing shows the image whose row of `image_files` goes by the name `f`. */
export const isShownNowhere = `NOT EXISTS (SELECT 1 FROM profile_images p WHERE p.storage_key = f.storage_key)
  AND NOT EXISTS (SELECT 1 FROM tracks t WHERE t.cover_key = f.storage_key)
  AND NOT EXISTS (SELECT 1 FROM releases r WHERE r.cover_key = f.storage_key)
  AND NOT EXISTS (SELECT 1 FROM submission_platforms s
    WHERE s.sent < s.message AND s.content #>> '{cover,storageKey}' = f.storage_key)`

export const imageNotesPostgres = Layer.effect(
  ImageNotes,
  Effect.map(Database, ({ sql }) =>
    ImageNotes.of({
      note: (storageKey, at) =>
        bounded(sql`
          INSERT INTO image_files (storage_key, noted_at) VALUES (${storageKey}, ${DateTime.toDate(at)})
          ON CONFLICT DO NOTHING`),
      unused: (before, limit) =>
        Effect.map(
          bounded(sql<{ key: string }>`
            SELECT f.storage_key AS key FROM image_files f
            WHERE f.noted_at < ${DateTime.toDate(before)} AND ${sql.literal(isShownNowhere)}
            ORDER BY f.noted_at LIMIT ${limit}`),
          (rows) => rows.map(({ key }) => key)
        ),
      forget: (storageKey) => bounded(sql`DELETE FROM image_files WHERE storage_key = ${storageKey}`)
    })
  )
)
