import { Context, type DateTime, type Effect } from "effect"
import type { UserId } from "../kernel/index.ts"
import type { Acceptance } from "./preference-ports.ts"

/** What deleting does to what people say of themselves and what they chose. */
export class ProfileErasure extends Context.Service<
  ProfileErasure,
  {
    /** Removes the profile, its images, settings and opt-out; names that were held are everybody's again. */
    readonly drop: (id: UserId) => Effect.Effect<void>
    /** Keys of image files of somebody that may be in the store and that nothing shows, their tracks included. */
    readonly imageFiles: (id: UserId, limit: number) => Effect.Effect<ReadonlyArray<string>>
    /** Takes address and user agent from acceptances of terms; that and when they were accepted stays as a proof. */
    readonly blankAcceptances: (id: UserId) => Effect.Effect<void>
  }
>()("@veza/domain/accounts/ProfileErasure") {}

/** What is held of somebody beside the profile itself. */
export class ProfileRecords extends Context.Service<
  ProfileRecords,
  {
    /** Names that somebody gave up and that are held for them, in their order. */
    readonly heldUsernames: (
      owner: UserId
    ) => Effect.Effect<ReadonlyArray<{ readonly name: string; readonly heldUntil: DateTime.Utc }>>
    /** In pages: the rows behind `after`, by id. */
    readonly acceptances: (
      owner: UserId,
      after: Acceptance | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Acceptance>>
  }
>()("@veza/domain/accounts/ProfileRecords") {}
