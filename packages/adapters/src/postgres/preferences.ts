import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { OptOutSource, PrivacyChoices, SettingsChange, UserSettingsStore } from "@veza/domain/accounts"
import { bounded, Database } from "./client.ts"

const decodeChosen = Schema.decodeUnknownEffect(SettingsChange)
const OptOutRow = Schema.Struct({ source: OptOutSource, at: Schema.DateTimeUtcFromDate })
const decodeOptOut = Schema.decodeUnknownEffect(OptOutRow)

const columns = `jsonb_strip_nulls(jsonb_build_object('language', language, 'theme', theme, 'privacy', privacy,
  'playback', playback, 'notifications', notifications)) AS chosen`
const json = (section: object | undefined) => JSON.stringify(section ?? {})

export const userSettingsPostgres = Layer.effect(
  UserSettingsStore,
  Effect.map(Database, ({ sql }) => {
    const chosen = sql.literal(columns)
    const decoded = ([row]: ReadonlyArray<{ readonly chosen: unknown }>) => decodeChosen(row?.chosen ?? {})
    return UserSettingsStore.of({
      chosen: (user) =>
        bounded(
          Effect.flatMap(sql<{ chosen: unknown }>`SELECT ${chosen} FROM user_settings WHERE user_id = ${user}`, decoded)
        ),
      choose: (user, { language, theme, privacy, playback, notifications }) =>
        bounded(
          Effect.flatMap(
            sql<{ chosen: unknown }>`
              INSERT INTO user_settings AS s (user_id, language, theme, privacy, playback, notifications, updated_at)
              VALUES (${user}, ${language ?? null}, ${theme ?? null}, ${json(privacy)}::jsonb, ${json(playback)}::jsonb,
                ${json(notifications)}::jsonb, now())
              ON CONFLICT (user_id) DO UPDATE SET language = coalesce(excluded.language, s.language),
                theme = coalesce(excluded.theme, s.theme), privacy = s.privacy || excluded.privacy,
                playback = s.playback || excluded.playback, notifications = s.notifications || excluded.notifications,
                updated_at = excluded.updated_at
              RETURNING ${chosen}`,
            decoded
          )
        )
    })
  })
)

export const privacyChoicesPostgres = Layer.effect(
  PrivacyChoices,
  Effect.map(Database, ({ sql }) =>
    PrivacyChoices.of({
      optOutOf: (user) =>
        bounded(
          Effect.flatMap(
            sql`SELECT source, opted_out_at AS at FROM privacy_opt_outs WHERE user_id = ${user}`,
            ([row]) => (row === undefined ? Effect.succeed(Option.none()) : Effect.map(decodeOptOut(row), Option.some))
          )
        ),
      optOut: (user, { source, at }) =>
        Effect.map(
          bounded(sql`
            INSERT INTO privacy_opt_outs (user_id, source, opted_out_at)
            VALUES (${user}, ${source}, ${DateTime.toDate(at)}) ON CONFLICT DO NOTHING RETURNING 1`),
          (rows) => rows.length > 0
        )
    })
  )
)
