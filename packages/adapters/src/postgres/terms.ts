import { DateTime, Effect, Layer, Schema } from "effect"
import { Terms, TermsType } from "@veza/domain/accounts"
import { bounded, Database } from "./client.ts"

const Row = Schema.Struct({
  type: TermsType,
  version: Schema.String,
  title: Schema.String,
  url: Schema.String,
  summary: Schema.String,
  publishedAt: Schema.DateTimeUtcFromDate,
  acceptedAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
const decode = Schema.decodeUnknownEffect(Schema.Array(Row))

export const termsPostgres = Layer.effect(
  Terms,
  Effect.map(Database, ({ sql }) =>
    Terms.of({
      current: (user, at) =>
        bounded(
          Effect.flatMap(
            sql`
              SELECT DISTINCT ON (d.type) d.type, d.version, d.title, d.url, d.summary, d.published_at AS "publishedAt",
                a.accepted_at AS "acceptedAt"
              FROM terms_documents d LEFT JOIN terms_acceptances a
                ON a.type = d.type AND a.version = d.version AND a.user_id = ${user ?? null}::uuid
              WHERE d.published_at <= ${DateTime.toDate(at)}
              ORDER BY d.type, d.published_at DESC, d.version DESC`,
            decode
          )
        ),
      accept: ({ id, userId, type, version, acceptedAt, ip, userAgent }) =>
        Effect.map(
          bounded(sql`
            INSERT INTO terms_acceptances (id, user_id, type, version, accepted_at, ip, user_agent)
            VALUES (${id}, ${userId}, ${type}, ${version}, ${DateTime.toDate(acceptedAt)}, ${ip}, ${userAgent})
            ON CONFLICT (user_id, type, version) DO NOTHING RETURNING 1`),
          (rows) => rows.length > 0
        )
    })
  )
)
