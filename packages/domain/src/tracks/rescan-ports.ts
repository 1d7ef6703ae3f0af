import { Context, type DateTime, type Effect } from "effect"
import type { Track, TrackId } from "./track.ts"

/** Tracks that were accepted while no scanner was there, and may be heard or soon will. */
export class UnscannedTracks extends Context.Service<
  UnscannedTracks,
  {
    /** Those behind `after`, in the order of their ids. */
    readonly list: (after: TrackId | undefined, limit: number) => Effect.Effect<ReadonlyArray<Track>>
    /** Guarded: skipped → clean. False when it was scanned meanwhile or is gone. */
    readonly markClean: (id: TrackId, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Guarded by the transition table: → rejected. Hidden everywhere with the commit; notes its file for removal. */
    readonly reject: (id: TrackId, message: string, at: DateTime.Utc) => Effect.Effect<boolean>
  }
>()("@veza/domain/tracks/UnscannedTracks") {}
