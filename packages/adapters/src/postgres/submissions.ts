import { DateTime, Effect, Layer, Option, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { Day, Ids, UserId } from "@veza/domain/kernel"
import {
  type ClaimedMessage,
  Entry,
  type HistorySort,
  HistoryRow,
  openStatuses,
  platformMachine,
  ReleaseContent,
  ReleaseId,
  Submission,
  SubmissionId,
  Submissions,
  type SubmissionSort
} from "@veza/domain/distribution"
import type { TrackId } from "@veza/domain/tracks"
import { arrayText } from "./array-text.ts"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"
import { type KeysetSort, keysetPages } from "./keyset-page.ts"

const entryFields = (alias: string): string =>
  [
    "id",
    `submission_id AS "submissionId"`,
    "platform",
    "status",
    "reason",
    "reference",
    "message",
    "kind",
    "sent",
    "attempts",
    `live_at AS "liveAt"`,
    `updated_at AS "updatedAt"`
  ]
    .map((column) => `${alias}.${column}`)
    .join(", ")

/** Times as the rest of a JSON value has them: RFC 3339 in UTC. */
const asText = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const columns = `id, release_id AS "releaseId", owner_id AS "ownerId", title, upc, release_date::text AS "releaseDate",
  created_at AS "createdAt", updated_at AS "updatedAt", (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'submissionId', e.submission_id, 'platform', e.platform,
      'status', e.status, 'reason', e.reason, 'reference', e.reference, 'message', e.message, 'kind', e.kind,
      'sent', e.sent, 'attempts', e.attempts, 'liveAt', ${asText("e.live_at")}, 'updatedAt', ${asText("e.updated_at")})
      ORDER BY e.platform), '[]'::jsonb)
    FROM submission_platforms e WHERE e.submission_id = submissions.id) AS entries`

const decodeRow = Schema.decodeUnknownEffect(
  Schema.Struct({
    id: SubmissionId,
    releaseId: ReleaseId,
    ownerId: UserId,
    title: Schema.String,
    upc: Schema.String,
    releaseDate: Day,
    entries: Schema.Array(
      Schema.Struct({
        ...Entry.fields,
        liveAt: Schema.NullOr(Schema.DateTimeUtcFromString),
        updatedAt: Schema.DateTimeUtcFromString
      })
    ),
    createdAt: Schema.DateTimeUtcFromDate,
    updatedAt: Schema.DateTimeUtcFromDate
  })
)
const decode = (row: unknown): Effect.Effect<Submission, Schema.SchemaError> =>
  Effect.map(decodeRow(row), (fields) => new Submission(fields, { disableChecks: true }))

const EntryRow = Schema.Struct({
  ...Entry.fields,
  liveAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  updatedAt: Schema.DateTimeUtcFromDate
})
const decodeEntries = Schema.decodeUnknownEffect(Schema.Array(EntryRow))
const decodeClaimed = Schema.decodeUnknownEffect(
  Schema.Struct({ ...EntryRow.fields, ownerId: UserId, releaseId: ReleaseId, content: ReleaseContent })
)
const decodeHistory = Schema.decodeUnknownEffect(
  Schema.Struct({ ...HistoryRow.fields, at: Schema.DateTimeUtcFromDate })
)
const contentText = Schema.encodeSync(Schema.fromJsonString(ReleaseContent))

/** The tracks that a content tells of, as PostgreSQL writes an array. */
const arrayOf = ({ tracks }: ReleaseContent): string => arrayText(tracks.map(({ track_id }) => track_id))

const sorts: Record<SubmissionSort, KeysetSort<Submission>> = {
  created_at: { column: "created_at", type: "timestamptz", of: ({ createdAt }) => DateTime.formatIso(createdAt) }
}
const historySorts: Record<HistorySort, KeysetSort<HistoryRow>> = {
  at: { column: "at", type: "timestamptz", of: ({ at }) => DateTime.formatIso(at) }
}
const historyColumns = `id, submission_id AS "submissionId", platform, from_status AS "from", to_status AS "to",
  changed_by AS "by", user_id AS "userId", reason, at`

export const submissionsPostgres = Layer.effect(
  Submissions,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const ids = yield* Ids
    const pageOf = yield* keysetPages({ table: "submissions", columns, sorts, idOf: ({ id }) => id, decode })
    const historyOf = yield* keysetPages({
      table: "submission_history",
      columns: historyColumns,
      sorts: historySorts,
      idOf: ({ id }) => id,
      decode: decodeHistory
    })
    const selected = sql.literal(columns)
    const entries = (where: Fragment) =>
      bounded(
        Effect.flatMap(
          sql`SELECT ${sql.literal(entryFields("e"))} FROM submission_platforms e WHERE ${where}
            ORDER BY e.id FOR UPDATE`,
          (rows) => decodeEntries(rows)
        )
      )
    const remember = Effect.fnUntraced(function* ({
      submissionId,
      platform,
      from,
      to,
      by,
      userId,
      reason,
      at
    }: Omit<HistoryRow, "id">) {
      yield* bounded(sql`
        INSERT INTO submission_history (id, submission_id, platform, from_status, to_status, changed_by, user_id, reason, at)
        VALUES (${yield* ids.row}, ${submissionId}, ${platform}, ${from}, ${to}, ${by}, ${userId}, ${reason},
          ${DateTime.toDate(at)})`)
    })

    return Submissions.of({
      add: Effect.fnUntraced(function* (submission, content, { by, userId }) {
        const { id, releaseId, ownerId, title, upc, releaseDate, createdAt } = submission
        const at = DateTime.toDate(createdAt)
        yield* bounded(sql`
          INSERT INTO submissions (id, release_id, owner_id, title, upc, release_date, created_at, updated_at)
          VALUES (${id}, ${releaseId}, ${ownerId}, ${title}, ${upc}, ${releaseDate}::text::date, ${at}, ${at})`)
        const text = contentText(content)
        const tracks = arrayOf(content)
        const added = yield* Effect.filter(submission.entries, (entry) =>
          Effect.map(
            bounded(sql`
              INSERT INTO submission_platforms (id, submission_id, release_id, platform, status, content, tracks,
                message, kind, due_at, asked_at, updated_at)
              VALUES (${entry.id}, ${id}, ${releaseId}, ${entry.platform}, ${entry.status}, ${text}::jsonb,
                ${tracks}::uuid[], ${entry.message}, ${entry.kind}, ${at}, ${at}, ${at})
              ON CONFLICT DO NOTHING RETURNING 1`),
            (rows) => rows.length > 0
          )
        )
        yield* Effect.forEach(
          added,
          ({ platform, status }) =>
            remember({
              submissionId: id,
              platform,
              from: null,
              to: status,
              by,
              userId,
              reason: null,
              at: createdAt
            }),
          { discard: true }
        )
        return submission.entries.filter((entry) => !added.includes(entry)).map(({ platform }) => platform)
      }),
      byId: (id) =>
        bounded(
          Effect.flatMap(sql`SELECT ${selected} FROM submissions WHERE id = ${id}`, ([row]) =>
            row === undefined ? Effect.succeedNone : Effect.map(decode(row), Option.some)
          )
        ),
      lockEntry: (id) => Effect.map(entries(sql`e.id = ${id}`), ([found]) => Option.fromNullishOr(found)),
      list: ({ ownerId, releaseId }, plan) =>
        pageOf(
          [sql`owner_id = ${ownerId}`, ...(releaseId === undefined ? [] : [sql`release_id = ${releaseId}`])],
          plan
        ),
      history: (id, plan) => historyOf([sql`submission_id = ${id}`], plan),
      amend: (id, { title, upc, releaseDate }, at) =>
        bounded(sql`
          UPDATE submissions SET title = ${title}, upc = ${upc}, release_date = ${releaseDate}::text::date,
            updated_at = ${DateTime.toDate(at)} WHERE id = ${id}`),
      take: Effect.fnUntraced(function* (entry, step) {
        const { to, by, userId, reason, message, content, reference, onlyUnsent, dueAt } = step
        const at = DateTime.toDate(step.at)
        const isMove = to !== entry.status
        if (isMove && !platformMachine.allows(entry.status, to)) return false
        const mayBeThere = entry.status === "failed"
        const next =
          message === undefined
            ? sql`, answered = true`
            : sql`, message = message + 1, kind = ${message}, attempts = 0, answered = false,
                attempted_at = ${mayBeThere ? sql`attempted_at` : sql`NULL`},
                due_at = ${dueAt === undefined ? at : DateTime.toDate(dueAt)}`
        // A change may not be taken: until the store says that it is, what was told before may be sold.
        const former = message === "update" || mayBeThere ? sql`|| tracks` : sql``
        const told =
          content === undefined
            ? sql``
            : sql`, content = ${contentText(content)}::jsonb,
                tracks = ARRAY(SELECT DISTINCT unnest(${arrayOf(content)}::uuid[] ${former}))`
        // What waits to be sent is sent no longer, and what a deleted person said is kept no longer.
        const over = platformMachine.isFinal(to)
          ? sql`, sent = message, content = CASE WHEN EXISTS (SELECT 1 FROM submissions s JOIN users u ON u.id = s.owner_id
              WHERE s.id = submission_id AND u.deleted_at IS NOT NULL) THEN '{}' ELSE content END`
          : sql``
        const live = isMove && to === "live" ? sql`, live_at = coalesce(live_at, ${at}::timestamptz)` : sql``
        const guard = onlyUnsent === true ? sql`AND attempted_at IS NULL` : sql``
        const moved = yield* bounded(sql`
          UPDATE submission_platforms SET status = ${to}, reason = ${reason}, asked_at = ${at}, updated_at = ${at},
            reference = coalesce(${reference ?? null}::text, reference)${next}${told}${live}${over}
          WHERE id = ${entry.id} AND status = ${entry.status} AND message = ${entry.message} ${guard} RETURNING 1`)
        if (moved.length === 0) return false
        yield* bounded(sql`UPDATE submissions SET updated_at = ${at} WHERE id = ${entry.submissionId}`)
        const { submissionId, platform, status: from } = entry
        yield* remember({ submissionId, platform, from, to, by, userId, reason, at: step.at })
        return true
      }),
      confirm: ({ id, message }) =>
        Effect.map(
          bounded(sql<{ tracks: ReadonlyArray<TrackId> }>`
            UPDATE submission_platforms SET tracks = ARRAY(
              SELECT (t ->> 'track_id')::uuid FROM jsonb_array_elements(content -> 'tracks') t), answered = true
            WHERE id = ${id} AND message = ${message} AND jsonb_array_length(content -> 'tracks') > 0
            RETURNING to_jsonb(tracks) AS tracks`),
          ([row]) => row?.tracks ?? []
        ),
      openOf: (of) =>
        "owner" in of
          ? entries(sql`${sql.in("e.status", openStatuses)}
              AND e.submission_id IN (SELECT id FROM submissions WHERE owner_id = ${of.owner})`)
          : entries(sql`${sql.in("e.status", openStatuses)}
              AND e.tracks @> ARRAY[${of.track}]::uuid[]`),
      claimMessage: (claim, at, until) =>
        bounded(
          Effect.flatMap(
            sql`
              UPDATE submission_platforms e SET claim = ${claim}, held_until = ${DateTime.toDate(until)},
                attempts = e.attempts + 1, attempted_at = coalesce(e.attempted_at, ${DateTime.toDate(at)}::timestamptz)
              FROM submissions s
              WHERE s.id = e.submission_id AND e.id = (
                SELECT id FROM submission_platforms
                WHERE sent < message AND due_at <= ${DateTime.toDate(at)}
                  AND (held_until IS NULL OR held_until <= ${DateTime.toDate(at)})
                ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
              RETURNING ${sql.literal(entryFields("e"))}, s.owner_id AS "ownerId", e.release_id AS "releaseId", e.content`,
            ([row]) =>
              row === undefined
                ? Effect.succeedNone
                : Effect.map(decodeClaimed(row), ({ ownerId, releaseId, content, ...entry }) =>
                    Option.some<ClaimedMessage>({ entry, ownerId, releaseId, content, claim })
                  )
          )
        ),
      holdMessage: ({ entry, claim }, until) =>
        Effect.map(
          bounded(sql`
            UPDATE submission_platforms SET held_until = ${DateTime.toDate(until)}
            WHERE id = ${entry.id} AND claim = ${claim} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      settleMessage: ({ entry, claim }) =>
        Effect.map(
          bounded(sql`
            UPDATE submission_platforms SET sent = greatest(sent, ${entry.message}), claim = NULL, held_until = NULL
            WHERE id = ${entry.id} AND claim = ${claim} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      putOffMessage: ({ entry, claim }, at) =>
        bounded(sql`
          UPDATE submission_platforms SET claim = NULL, held_until = NULL,
            due_at = CASE WHEN message = ${entry.message} THEN ${DateTime.toDate(at)} ELSE due_at END
          WHERE id = ${entry.id} AND claim = ${claim}`),
      waitingSince: (since, at, limit) =>
        bounded(
          Effect.flatMap(
            sql`
              UPDATE submission_platforms e SET asked_at = ${DateTime.toDate(at)}
              WHERE e.id IN (
                SELECT id FROM submission_platforms
                WHERE (status IN ('submitted', 'processing', 'takedown_requested')
                    OR status = 'live' AND kind = 'update' AND NOT answered)
                  AND asked_at < ${DateTime.toDate(since)} AND sent = message
                ORDER BY status = 'live', asked_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
              RETURNING ${sql.literal(entryFields("e"))}`,
            (rows) => decodeEntries(rows)
          )
        ),
      recordCallback: (platform, event, at) =>
        Effect.map(
          bounded(sql`
            INSERT INTO distribution_callbacks (platform, event_id, received_at)
            VALUES (${platform}, ${event}, ${DateTime.toDate(at)}) ON CONFLICT DO NOTHING RETURNING 1`),
          (rows) => rows.length > 0
        ),
      forgetCallbacks: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM distribution_callbacks WHERE (platform, event_id) IN (
                SELECT platform, event_id FROM distribution_callbacks
                WHERE received_at < ${DateTime.toDate(before)} LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        ),
      pageOfOwner: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${selected} FROM submissions
              WHERE owner_id = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
              ORDER BY id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, decode)
          )
        )
    })
  })
)
