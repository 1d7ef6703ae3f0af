import { DateTime, Effect, Layer, Option } from "effect"
import { Ids } from "@veza/domain/kernel"
import {
  type Entry,
  type EntryStep,
  openStatuses,
  platformMachine,
  Submission,
  Submissions
} from "@veza/domain/distribution"
import { keysetPage } from "./keyset-page.ts"
import { pageOf } from "./page-of.ts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, dropWhere, get, keyOf, put } from "./tables.ts"

type EntryRow = Rows["submissionEntries"]

const entriesOf = (tables: Tables, id: string): ReadonlyArray<Entry> =>
  all(tables, "submissionEntries")
    .flatMap(({ entry }) => (entry.submissionId === id ? [entry] : []))
    .toSorted((a, b) => (a.platform < b.platform ? -1 : 1))

const whole = (tables: Tables, submission: Submission): Submission =>
  new Submission({ ...submission, entries: entriesOf(tables, submission.id) })

const isBefore = DateTime.isLessThan
const millis = DateTime.toEpochMillis
const isFree = ({ heldUntil }: EntryRow, at: DateTime.Utc): boolean =>
  heldUntil === undefined || !DateTime.isGreaterThan(heldUntil, at)

/** The row after a step. */
const stepped = (row: EntryRow, step: EntryStep): EntryRow => {
  const { entry } = row
  const { to, reason, at, reference, message, content, dueAt } = step
  const told = content?.tracks.map(({ track_id }) => track_id) ?? []
  const mayBeThere = entry.status === "failed"
  const keepsFormer = message === "update" || mayBeThere
  const changed: Entry = {
    ...entry,
    status: to,
    reason,
    reference: reference ?? entry.reference,
    updatedAt: at,
    liveAt: to === "live" && entry.status !== "live" ? (entry.liveAt ?? at) : entry.liveAt,
    ...(platformMachine.isFinal(to) ? { sent: entry.message } : {}),
    ...(message === undefined ? {} : { message: entry.message + 1, kind: message, attempts: 0 })
  }
  return {
    ...row,
    entry: changed,
    askedAt: at,
    content: content ?? row.content,
    answered: message === undefined,
    ...(content === undefined ? {} : { tracks: keepsFormer ? [...new Set([...told, ...row.tracks])] : told }),
    ...(message === undefined ? {} : { dueAt: dueAt ?? at, attempted: mayBeThere && row.attempted })
  }
}

export const submissionsMemory = Layer.effect(
  Submissions,
  Effect.gen(function* () {
    const store = yield* Store
    const ids = yield* Ids
    /** Changes the row of an entry where it is still held by this claim. */
    const ofClaim = (entry: Entry, claim: string, change: (row: EntryRow) => EntryRow) =>
      store.change((tables): readonly [boolean, Tables] => {
        const row = get(tables, "submissionEntries", entry.id)
        if (row === undefined || row.claim !== claim) return [false, tables]
        return [true, put(tables, "submissionEntries", entry.id, change(row))]
      })
    return Submissions.of({
      add: Effect.fnUntraced(function* (submission, content, { by, userId }) {
        const rowIds = yield* ids.rows(submission.entries.length)
        return yield* store.change((tables) => {
          const open = new Set(
            all(tables, "submissionEntries")
              .filter(
                ({ releaseId, entry }) => releaseId === submission.releaseId && openStatuses.includes(entry.status)
              )
              .map(({ entry }) => entry.platform)
          )
          const at = submission.createdAt
          const added = submission.entries
            .filter(({ platform }) => !open.has(platform))
            .reduce(
              (left, entry, n) => {
                const row = {
                  entry,
                  releaseId: submission.releaseId,
                  content,
                  tracks: content.tracks.map(({ track_id }) => track_id),
                  dueAt: at,
                  attempted: false,
                  answered: false,
                  claim: undefined,
                  heldUntil: undefined,
                  askedAt: at
                }
                const id = rowIds[n] ?? ""
                const { platform, status: to } = entry
                const told = { id, submissionId: submission.id, platform, from: null, to, by, userId, reason: null, at }
                return put(put(left, "submissionEntries", entry.id, row), "submissionHistory", id, told)
              },
              put(tables, "submissions", submission.id, submission)
            )
          return [submission.entries.flatMap(({ platform }) => (open.has(platform) ? [platform] : [])), added]
        })
      }),
      byId: (id) =>
        store.read((tables) => {
          const found = get(tables, "submissions", id)
          return found === undefined ? Option.none() : Option.some(whole(tables, found))
        }),
      lockEntry: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "submissionEntries", id)?.entry)),
      list: ({ ownerId, releaseId }, plan) =>
        store.read((tables) =>
          keysetPage(
            all(tables, "submissions")
              .filter((one) => one.ownerId === ownerId && (releaseId === undefined || one.releaseId === releaseId))
              .map((one) => whole(tables, one)),
            ({ createdAt, id }) => ({ value: DateTime.formatIso(createdAt), id }),
            plan
          )
        ),
      history: (id, plan) =>
        store.read((tables) =>
          keysetPage(
            all(tables, "submissionHistory").filter(({ submissionId }) => submissionId === id),
            (row) => ({ value: DateTime.formatIso(row.at), id: row.id }),
            plan
          )
        ),
      amend: (id, shown, at) =>
        store.change((tables) => {
          const found = get(tables, "submissions", id)
          return [
            undefined,
            found === undefined
              ? tables
              : put(tables, "submissions", id, new Submission({ ...found, ...shown, updatedAt: at }))
          ]
        }),
      take: Effect.fnUntraced(function* (entry, step) {
        const id = yield* ids.row
        return yield* store.change((tables): readonly [boolean, Tables] => {
          const row = get(tables, "submissionEntries", entry.id)
          const isAllowed = step.to === entry.status || platformMachine.allows(entry.status, step.to)
          if (row === undefined || !isAllowed) return [false, tables]
          if (row.entry.status !== entry.status || row.entry.message !== entry.message) return [false, tables]
          if (step.onlyUnsent === true && row.attempted) return [false, tables]
          const { submissionId, platform, status: from } = entry
          const { to, by, userId, reason, at } = step
          const told = { id, submissionId, platform, from, to, by, userId, reason, at }
          const changed = put(tables, "submissionEntries", entry.id, stepped(row, step))
          const submission = get(tables, "submissions", submissionId)
          const dated =
            submission === undefined
              ? changed
              : put(changed, "submissions", submissionId, new Submission({ ...submission, updatedAt: at }))
          return [true, put(dated, "submissionHistory", id, told)]
        })
      }),
      confirm: ({ id, message }) =>
        store.change((tables) => {
          const row = get(tables, "submissionEntries", id)
          if (row === undefined || row.entry.message !== message) return [[], tables]
          const theirs = row.content.tracks.map(({ track_id }) => track_id)
          return [theirs, put(tables, "submissionEntries", id, { ...row, tracks: theirs, answered: true })]
        }),
      openOf: (of) =>
        store.read((tables) =>
          all(tables, "submissionEntries")
            .filter(
              ({ entry, tracks: theirs }) =>
                openStatuses.includes(entry.status) &&
                ("owner" in of
                  ? get(tables, "submissions", entry.submissionId)?.ownerId === of.owner
                  : theirs.includes(of.track))
            )
            .map(({ entry }) => entry)
        ),
      claimMessage: (claim, at, until) =>
        store.change((tables) => {
          const [row] = all(tables, "submissionEntries")
            .filter((one) => one.entry.sent < one.entry.message && !isBefore(at, one.dueAt) && isFree(one, at))
            .toSorted((a, b) => millis(a.dueAt) - millis(b.dueAt) || (a.entry.id < b.entry.id ? -1 : 1))
          const submission = row === undefined ? undefined : get(tables, "submissions", row.entry.submissionId)
          if (row === undefined || submission === undefined) return [Option.none(), tables]
          const entry = { ...row.entry, attempts: row.entry.attempts + 1 }
          const { releaseId, content } = row
          return [
            Option.some({ entry, ownerId: submission.ownerId, releaseId, content, claim }),
            put(tables, "submissionEntries", entry.id, { ...row, entry, claim, heldUntil: until, attempted: true })
          ]
        }),
      holdMessage: ({ entry, claim }, until) => ofClaim(entry, claim, (row) => ({ ...row, heldUntil: until })),
      settleMessage: ({ entry, claim }) =>
        ofClaim(entry, claim, (row) => ({
          ...row,
          claim: undefined,
          heldUntil: undefined,
          entry: { ...row.entry, sent: Math.max(row.entry.sent, entry.message) }
        })),
      putOffMessage: ({ entry, claim }, at) =>
        Effect.asVoid(
          ofClaim(entry, claim, (row) => ({
            ...row,
            claim: undefined,
            heldUntil: undefined,
            dueAt: row.entry.message === entry.message ? at : row.dueAt
          }))
        ),
      waitingSince: (since, at, limit) =>
        store.change((tables) => {
          const waiting = all(tables, "submissionEntries")
            .filter(
              ({ entry, askedAt, answered }) =>
                (["submitted", "processing", "takedown_requested"].includes(entry.status) ||
                  (entry.status === "live" && entry.kind === "update" && !answered)) &&
                entry.sent === entry.message &&
                isBefore(askedAt, since)
            )
            .toSorted(
              (a, b) =>
                Number(a.entry.status === "live") - Number(b.entry.status === "live") ||
                millis(a.askedAt) - millis(b.askedAt)
            )
            .slice(0, limit)
          return [
            waiting.map(({ entry }) => entry),
            waiting.reduce((left, row) => put(left, "submissionEntries", row.entry.id, { ...row, askedAt: at }), tables)
          ]
        }),
      recordCallback: (platform, event, at) =>
        store.change((tables): readonly [boolean, Tables] => {
          const key = keyOf(platform, event)
          return get(tables, "distributionCallbacks", key) === undefined
            ? [true, put(tables, "distributionCallbacks", key, at)]
            : [false, tables]
        }),
      forgetCallbacks: (before) =>
        store.change((tables) => dropWhere(tables, "distributionCallbacks", (at) => isBefore(at, before))),
      pageOfOwner: (owner, after, limit) =>
        store.read((tables) =>
          pageOf(
            all(tables, "submissions")
              .filter(({ ownerId }) => ownerId === owner)
              .map((one) => whole(tables, one)),
            ({ id }) => id,
            after,
            limit
          )
        )
    })
  })
)
