import { Schema } from "effect"
import { Day } from "../kernel/index.ts"
import { TrackId } from "../tracks/index.ts"
import { Artist, Contributor, ReleaseCover, ReleaseKind, RightsLine, Share } from "./release.ts"

const text = Schema.NullOr(Schema.String)

/** A track of a release with everything that a store is told, codes in their normal form. */
export const ContentTrack = Schema.Struct({
  track_id: TrackId,
  title: Schema.String,
  version: text,
  isrc: Schema.String,
  artists: Schema.Array(Artist),
  language: Schema.String,
  explicit: Schema.Boolean,
  p_line: RightsLine,
  contributors: Schema.Array(Contributor),
  shares: Schema.Array(Share),
  duration_ms: Schema.Int
})
export type ContentTrack = typeof ContentTrack.Type

/** A release as it was found fit to be sent. What stores are told is this, whatever becomes of the draft afterwards. */
export const ReleaseContent = Schema.Struct({
  kind: ReleaseKind,
  title: Schema.String,
  version: text,
  artists: Schema.Array(Artist),
  label: Schema.String,
  genre: Schema.String,
  language: Schema.String,
  explicit: Schema.Boolean,
  p_line: RightsLine,
  c_line: RightsLine,
  original_release_date: Schema.NullOr(Day),
  release_date: Day,
  territories: Schema.Array(Schema.String),
  upc: Schema.String,
  cover: Schema.Struct({
    ...ReleaseCover.fields,
    changedAt: Schema.DateTimeUtcFromString
  }),
  tracks: Schema.Array(ContentTrack)
})
export type ReleaseContent = typeof ReleaseContent.Type

/** A track whose code is still to be made. */
export type FitTrack = Omit<ContentTrack, "isrc"> & { readonly isrc: string | undefined }
/** A release fit to be sent but for the codes that are still to be made. */
export type FitRelease = Omit<ReleaseContent, "tracks"> & {
  readonly tracks: ReadonlyArray<FitTrack>
  readonly isrcPrefix: string | undefined
}
