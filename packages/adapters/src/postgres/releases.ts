import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { UserId } from "@veza/domain/kernel"
import {
  openStatuses,
  PlatformStatus,
  Release,
  ReleaseCover,
  ReleaseDraft,
  ReleaseId,
  type ReleaseListing,
  ReleaseOutline,
  Releases,
  type ReleaseSort,
  type ReleaseTrackDraft
} from "@veza/domain/distribution"
import { bounded, Database } from "./client.ts"
import { isShownNowhere } from "./image-notes.ts"
import { type KeysetSort, keysetPages } from "./keyset-page.ts"

const common = `id, owner_id AS "ownerId",
  CASE WHEN cover_key IS NOT NULL THEN jsonb_build_object('storageKey', cover_key, 'contentHash', cover_hash,
    'format', cover_format, 'width', cover_width, 'height', cover_height, 'sizeBytes', cover_size_bytes) END AS cover,
  cover_changed_at AS "coverChangedAt", revision, first_submitted_at AS "firstSubmittedAt", created_at AS "createdAt",
  updated_at AS "updatedAt"`
const columns = `${common}, details || jsonb_build_object('tracks', (
    SELECT coalesce(jsonb_agg(t.details ORDER BY t.position), '[]'::jsonb) FROM release_tracks t
    WHERE t.release_id = releases.id)) AS draft`
const listed = `${common}, details AS outline,
  (SELECT count(*)::int FROM release_tracks t WHERE t.release_id = releases.id) AS "trackCount"`

const { changedAt: _, ...storedCover } = ReleaseCover.fields
const fields = {
  id: ReleaseId,
  ownerId: UserId,
  cover: Schema.NullOr(Schema.Struct(storedCover)),
  coverChangedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  revision: Schema.Int,
  firstSubmittedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  createdAt: Schema.DateTimeUtcFromDate,
  updatedAt: Schema.DateTimeUtcFromDate
}
const decodeRow = Schema.decodeUnknownEffect(Schema.Struct({ ...fields, draft: ReleaseDraft }))
const decodeListed = Schema.decodeUnknownEffect(
  Schema.Struct({ ...fields, outline: ReleaseOutline, trackCount: Schema.Int })
)

interface CoverParts {
  readonly cover: Omit<ReleaseCover, "changedAt"> | null
  readonly coverChangedAt: DateTime.Utc | null
}
const withCover = <A extends CoverParts>({ cover, coverChangedAt, ...rest }: A) => ({
  ...rest,
  cover: cover === null || coverChangedAt === null ? null : { ...cover, changedAt: coverChangedAt }
})
const decode = (row: unknown): Effect.Effect<Release, Schema.SchemaError> =>
  Effect.map(decodeRow(row), (found) => new Release(withCover(found), { disableChecks: true }))
const decodeListing = (row: unknown): Effect.Effect<ReleaseListing, Schema.SchemaError> =>
  Effect.map(decodeListed(row), withCover)
const first = ([row]: ReadonlyArray<unknown>) =>
  row === undefined ? Effect.succeedNone : Effect.map(decode(row), Option.some)

const sorts: Record<ReleaseSort, KeysetSort<ReleaseListing>> = {
  created_at: { column: "created_at", type: "timestamptz", of: ({ createdAt }) => DateTime.formatIso(createdAt) }
}

/** Where nothing is told to a store any more. */
const finalStatuses = PlatformStatus.literals.filter((status) => !openStatuses.includes(status))

const detailsOf = ({ tracks: _tracks, ...details }: ReleaseDraft): string => JSON.stringify(details)
const rowsOf = (tracks: ReadonlyArray<ReleaseTrackDraft>): string =>
  JSON.stringify(tracks.map((track, position) => ({ position, track_id: track.track_id, details: track })))

export const releasesPostgres = Layer.effect(
  Releases,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const pageOf = yield* keysetPages({
      table: "releases",
      columns: listed,
      sorts,
      idOf: ({ id }) => id,
      decode: decodeListing
    })
    const selected = sql.literal(columns)
    const addTracks = (id: ReleaseId, tracks: ReadonlyArray<ReleaseTrackDraft>) =>
      bounded(sql`
        INSERT INTO release_tracks (release_id, position, track_id, details)
        SELECT ${id}::uuid, position, track_id, details FROM jsonb_to_recordset(${rowsOf(tracks)}::jsonb)
          AS track (position integer, track_id uuid, details jsonb)`)
    return Releases.of({
      add: Effect.fnUntraced(function* ({ id, ownerId, draft, createdAt }) {
        const at = DateTime.toDate(createdAt)
        yield* bounded(sql`
          INSERT INTO releases (id, owner_id, kind, title, upc, details, created_at, updated_at)
          VALUES (${id}, ${ownerId}, ${draft.kind}, ${draft.title}, ${draft.upc ?? null}, ${detailsOf(draft)}::jsonb,
            ${at}, ${at})`)
        yield* addTracks(id, draft.tracks)
      }),
      byId: (id) => bounded(Effect.flatMap(sql`SELECT ${selected} FROM releases WHERE id = ${id}`, first)),
      lock: Effect.fnUntraced(function* (id) {
        const living = yield* bounded(sql`
          SELECT 1 FROM users u WHERE u.id = (SELECT owner_id FROM releases WHERE id = ${id}) AND u.deleted_at IS NULL
          FOR NO KEY UPDATE`)
        if (living.length === 0) return Option.none()
        return yield* bounded(Effect.flatMap(sql`SELECT ${selected} FROM releases WHERE id = ${id} FOR UPDATE`, first))
      }),
      ofOwner: (owner, plan) => pageOf([sql`owner_id = ${owner}`], plan),
      ofTrackAlone: (owner, track) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${selected} FROM releases WHERE owner_id = ${owner}
                AND EXISTS (SELECT 1 FROM release_tracks t WHERE t.release_id = releases.id AND t.track_id = ${track})
                AND NOT EXISTS (SELECT 1 FROM release_tracks t WHERE t.release_id = releases.id AND t.track_id <> ${track})
              ORDER BY created_at DESC, id DESC LIMIT 1`,
            first
          )
        ),
      change: Effect.fnUntraced(function* (id, revision, draft, at) {
        // What went to a store keeps the UPC it went with until it goes again.
        const [changed] = yield* bounded(sql<{ revision: number }>`
          UPDATE releases SET kind = ${draft.kind}, title = ${draft.title}, details = ${detailsOf(draft)}::jsonb,
            upc = CASE WHEN first_submitted_at IS NULL THEN ${draft.upc ?? null}::text ELSE upc END,
            revision = revision + 1, updated_at = ${DateTime.toDate(at)}
          WHERE id = ${id} AND revision = ${revision} RETURNING revision`)
        if (changed === undefined) return Option.none()
        yield* bounded(sql`DELETE FROM release_tracks WHERE release_id = ${id}`)
        yield* addTracks(id, draft.tracks)
        return Option.some(changed.revision)
      }),
      setCover: Effect.fnUntraced(function* (id, cover, at) {
        const [before] = yield* bounded(sql<{ key: string | null }>`
          SELECT cover_key AS key FROM releases WHERE id = ${id} FOR UPDATE`)
        yield* bounded(sql`
          UPDATE releases SET cover_key = ${cover.storageKey}, cover_hash = ${cover.contentHash},
            cover_format = ${cover.format}, cover_width = ${cover.width}, cover_height = ${cover.height},
            cover_size_bytes = ${cover.sizeBytes}, cover_changed_at = ${DateTime.toDate(cover.changedAt)},
            revision = revision + 1, updated_at = ${DateTime.toDate(at)} WHERE id = ${id}`)
        const former = before?.key ?? null
        if (former === null) return { former: Option.none() }
        const unused = yield* bounded(sql`
          SELECT 1 FROM image_files f WHERE f.storage_key = ${former} AND ${sql.literal(isShownNowhere)}`)
        return { former: unused.length > 0 ? Option.some(former) : Option.none() }
      }),
      markSubmitted: (id, upc, at) =>
        Effect.map(
          bounded(sql`
            INSERT INTO release_upcs (upc, release_id, taken_at) VALUES (${upc}, ${id}, ${DateTime.toDate(at)})
            ON CONFLICT (upc) DO UPDATE SET taken_at = release_upcs.taken_at
              WHERE release_upcs.release_id = excluded.release_id RETURNING 1`),
          (rows) => rows.length > 0
        ).pipe(
          Effect.tap((taken) =>
            taken
              ? bounded(sql`
                  UPDATE releases SET upc = ${upc},
                    first_submitted_at = coalesce(first_submitted_at, ${DateTime.toDate(at)}) WHERE id = ${id}`)
              : Effect.void
          )
        ),
      pageOfOwner: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${selected} FROM releases
              WHERE owner_id = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
              ORDER BY id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, decode)
          )
        ),
      forgetOwner: Effect.fnUntraced(function* (owner) {
        const gone = "[deleted]"
        yield* bounded(sql`DELETE FROM releases WHERE owner_id = ${owner} AND first_submitted_at IS NULL`)
        yield* bounded(sql`
          DELETE FROM release_tracks WHERE release_id IN (SELECT id FROM releases WHERE owner_id = ${owner})`)
        yield* bounded(sql`
          UPDATE releases SET title = ${gone}, cover_key = NULL, cover_hash = NULL, cover_format = NULL,
            cover_width = NULL, cover_height = NULL, cover_size_bytes = NULL, cover_changed_at = NULL,
            details = jsonb_build_object('kind', kind, 'title', ${gone}::text, 'artists', '[]'::jsonb)
          WHERE owner_id = ${owner}`)
        yield* bounded(sql`UPDATE submissions SET title = ${gone} WHERE owner_id = ${owner}`)
        yield* bounded(sql`
          UPDATE submission_platforms SET content = '{}' WHERE ${sql.in("status", finalStatuses)}
            AND submission_id IN (SELECT id FROM submissions WHERE owner_id = ${owner})`)
        yield* bounded(sql`
          UPDATE submission_platforms SET reason = NULL WHERE reason IS NOT NULL
            AND submission_id IN (SELECT id FROM submissions WHERE owner_id = ${owner})`)
        yield* bounded(sql`
          UPDATE submission_history SET reason = NULL WHERE changed_by = 'owner'
            AND submission_id IN (SELECT id FROM submissions WHERE owner_id = ${owner})`)
      })
    })
  })
)
