import { Context, type Effect, type Option } from "effect"
import type { StoredImage } from "../accounts/index.ts"
import type { TrackId } from "./track.ts"

/** The covers that tracks show. */
export class TrackCovers extends Context.Service<
  TrackCovers,
  {
    /** Puts a cover in place; answers the key of the one before, or nothing at all when there is no such track. */
    readonly set: (
      id: TrackId,
      cover: StoredImage
    ) => Effect.Effect<Option.Option<{ readonly former: Option.Option<string> }>>
    /** Guarded: true when this very call gave the track its first cover. */
    readonly setFirst: (id: TrackId, cover: StoredImage) => Effect.Effect<boolean>
    /** Takes the cover away; answers its key. */
    readonly clear: (id: TrackId) => Effect.Effect<Option.Option<string>>
  }
>()("@veza/domain/tracks/TrackCovers") {}

/** The pictures inside sound files. */
export class CoverArt extends Context.Service<
  CoverArt,
  {
    /**
     * The picture that a file's tags give as its front, else the first one, as it lies there; nothing where there is
     * none of at most `maxBytes`, or where the tags cannot be read. Time and memory are bounded whatever the file.
     */
    readonly embedded: (path: string, maxBytes: number) => Effect.Effect<Option.Option<Uint8Array>>
  }
>()("@veza/domain/tracks/CoverArt") {}
