import { DateTime, Effect, Layer, Option } from "effect"
import { Changes } from "@veza/domain/kernel"
import {
  blockingStatuses,
  Notice,
  type NoticeFilter,
  noticeMachine,
  Notices,
  type NoticeStep,
  statusesBefore,
  Track,
  type TrackId
} from "@veza/domain/tracks"
import { keysetPage } from "./keyset-page.ts"
import { pageOf } from "./page-of.ts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"

const matches = (notice: Notice, { status, trackId }: NoticeFilter): boolean =>
  (status === undefined || notice.status === status) && (trackId === undefined || notice.trackId === trackId)

/** What a step writes beside the status. */
const written = (step: NoticeStep): Partial<Notice> => {
  switch (step.to) {
    case "taken_down":
      return { decidedAt: step.at, decidedBy: step.by }
    case "dismissed":
      return { decidedAt: step.at, decidedBy: step.by, reason: step.reason }
    case "countered":
      return {
        counteredAt: step.at,
        counterName: step.statement.name,
        counterAddress: step.statement.address,
        counterPhone: step.statement.phone,
        counterStatement: step.statement.statement,
        counterSignature: step.statement.signature
      }
    case "restored":
      return { restoredAt: step.at, restoredBy: step.by, claimantWithdrew: step.claimantWithdrew }
  }
}

const withoutOwner = {
  trackTitle: null,
  counterName: null,
  counterAddress: null,
  counterPhone: null,
  counterStatement: null,
  counterSignature: null
}
const withoutPeople = {
  ...withoutOwner,
  claimantName: null,
  claimantAddress: null,
  claimantPhone: null,
  claimantEmail: null,
  onBehalfOf: null,
  signature: null
}

const isOver = (tables: Tables, { status, trackId }: Notice): boolean =>
  noticeMachine.isFinal(status) || get(tables, "tracks", trackId) === undefined
const ended = ({ restoredAt, decidedAt, createdAt }: Notice): DateTime.Utc => restoredAt ?? decidedAt ?? createdAt

const setBlock = (tables: Tables, id: TrackId, of: (track: Track) => DateTime.Utc | null): Tables | undefined => {
  const row = get(tables, "tracks", id)
  if (row === undefined) return undefined
  return put(tables, "tracks", id, { ...row, track: new Track({ ...row.track, blockedAt: of(row.track) }) })
}
const changeAll = (tables: Tables, notices: ReadonlyArray<Notice>, change: Partial<Notice>): Tables =>
  notices.reduce((left, notice) => put(left, "notices", notice.id, new Notice({ ...notice, ...change })), tables)

export const noticesMemory = Layer.effect(
  Notices,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    return Notices.of({
      add: (notice) => store.change((tables) => [undefined, put(tables, "notices", notice.id, notice)]),
      byId: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "notices", id))),
      list: (filter, plan) =>
        store.read((tables) =>
          keysetPage(
            all(tables, "notices").filter((notice) => matches(notice, filter)),
            (notice) => ({ value: DateTime.formatIso(notice.createdAt), id: notice.id }),
            plan
          )
        ),
      take: (id, step) =>
        store.change((tables): readonly [boolean, Tables] => {
          const notice = get(tables, "notices", id)
          if (notice === undefined || !statusesBefore(step).includes(notice.status)) return [false, tables]
          return [true, changeAll(tables, [notice], { status: step.to, ...written(step) })]
        }),
      blockTrack: Effect.fnUntraced(function* (id, at) {
        const blocked = yield* store.change((tables): readonly [boolean, Tables] => {
          const changed = setBlock(tables, id, ({ blockedAt }) => blockedAt ?? at)
          return [changed !== undefined, changed ?? tables]
        })
        if (blocked) yield* changes.announce("tracks", id)
        return blocked
      }),
      releaseTrack: Effect.fnUntraced(function* (id) {
        const outcome = yield* store.change((tables): readonly ["released" | "held" | "gone", Tables] => {
          const changed = setBlock(tables, id, () => null)
          if (changed === undefined) return ["gone", tables]
          const isHeld = all(tables, "notices").some(
            (notice) => notice.trackId === id && blockingStatuses.includes(notice.status)
          )
          return isHeld ? ["held", tables] : ["released", changed]
        })
        if (outcome === "released") yield* changes.announce("tracks", id)
        return outcome
      }),
      ofOwner: (owner, after, limit) =>
        store.read((tables) => {
          const rows = all(tables, "notices").filter(({ ownerId }) => ownerId === owner)
          return pageOf(rows, ({ id }) => id, after, limit)
        }),
      forgetOwner: (owner) =>
        store.change((tables) => {
          const theirs = all(tables, "notices").filter(({ ownerId }) => ownerId === owner)
          return [undefined, changeAll(tables, theirs, withoutOwner)]
        }),
      forgetPeople: (before) =>
        store.change((tables) => {
          const gone = all(tables, "notices").filter(
            (notice) =>
              (notice.claimantName !== null || notice.counterName !== null) &&
              DateTime.isLessThan(ended(notice), before) &&
              isOver(tables, notice)
          )
          return [gone.length, changeAll(tables, gone, withoutPeople)]
        })
    })
  })
)
