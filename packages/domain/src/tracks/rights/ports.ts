import { Context, type DateTime, type Effect, type Option } from "effect"
import type { ListPlan, Page, UserId } from "../../kernel/index.ts"
import type { TrackId } from "../track.ts"
import type { Notice, NoticeId, NoticeStep } from "./notice.ts"
import type { NoticeStatus } from "./status.ts"

export interface NoticeFilter {
  readonly status?: NoticeStatus | undefined
  readonly trackId?: TrackId | undefined
}

export type NoticeSort = "created_at"

/** Notices of infringement, and the block that they lay on tracks. */
export class Notices extends Context.Service<
  Notices,
  {
    readonly add: (notice: Notice) => Effect.Effect<void>
    readonly byId: (id: NoticeId) => Effect.Effect<Option.Option<Notice>>
    readonly list: (filter: NoticeFilter, plan: ListPlan<NoticeSort>) => Effect.Effect<Page<Notice>>
    /** Guarded by `statusesBefore`. False when the notice had moved on. */
    readonly take: (id: NoticeId, step: NoticeStep) => Effect.Effect<boolean>
    /**
     * Blocks a track, which every process hears of, and keeps it from others until the transaction ends. False when there
     * is no such track; blocked already is fine.
     */
    readonly blockTrack: (id: TrackId, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Lifts the block, unless another notice still holds it. */
    readonly releaseTrack: (id: TrackId, at: DateTime.Utc) => Effect.Effect<"released" | "held" | "gone">
    /** The notices about somebody's tracks, behind `after`, by id. */
    readonly ofOwner: (owner: UserId, after: Notice | undefined, limit: number) => Effect.Effect<ReadonlyArray<Notice>>
    /** Empties what notices tell of the owner of their track. */
    readonly forgetOwner: (owner: UserId) => Effect.Effect<void>
    /**
     * Empties what notices tell of claimants and owners, where they were over before `before`: dismissed or restored, or
     * without a track. Answers how many.
     */
    readonly forgetPeople: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/tracks/Notices") {}
