import { Schema, Struct } from "effect"
import { Day, nonBlankUpTo, textUpTo, UserId, Uuid } from "../kernel/index.ts"
import { TrackId } from "../tracks/index.ts"

export const ReleaseId = Uuid.pipe(Schema.brand("ReleaseId"))
export type ReleaseId = typeof ReleaseId.Type

export const ReleaseKind = Schema.Literals(["single", "ep", "album"])
export type ReleaseKind = typeof ReleaseKind.Type

export const ArtistRole = Schema.Literals(["primary", "featured", "remixer"])
export const ContributorRole = Schema.Literals([
  "composer",
  "lyricist",
  "songwriter",
  "arranger",
  "producer",
  "performer",
  "vocalist",
  "engineer",
  "mixing_engineer",
  "mastering_engineer",
  "publisher"
])
export type ContributorRole = typeof ContributorRole.Type

/** Codes may be written as people write them; whether they are right is for the validation to say, all at once. */
const code = textUpTo(32)
const name = nonBlankUpTo(200)

export const Artist = Schema.Struct({ name, role: ArtistRole, isni: Schema.optionalKey(code) })
export type Artist = typeof Artist.Type

export const Contributor = Schema.Struct({
  name,
  roles: Schema.Array(ContributorRole).check(Schema.isMinLength(1), Schema.isMaxLength(11)),
  ipi: Schema.optionalKey(code),
  isni: Schema.optionalKey(code)
})
export type Contributor = typeof Contributor.Type

/** Who gets which part of what a recording earns, in basis points. */
export const Share = Schema.Struct({
  name,
  user_id: Schema.optionalKey(UserId),
  share_bps: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 }))
})
export type Share = typeof Share.Type

/** The line of a copyright: ℗ for the recording, © for the packaging. */
export const RightsLine = Schema.Struct({
  year: Schema.Int.check(Schema.isBetween({ minimum: 1000, maximum: 9999 })),
  owner: name
})
export type RightsLine = typeof RightsLine.Type

const artists = Schema.Array(Artist).check(Schema.isMaxLength(50))

export const ReleaseTrackDraft = Schema.Struct({
  track_id: TrackId,
  /** The track's own where it is left open, as everything else below is the release's. */
  title: Schema.optionalKey(name),
  version: Schema.optionalKey(name),
  isrc: Schema.optionalKey(code),
  artists: Schema.optionalKey(artists),
  language: Schema.optionalKey(code),
  explicit: Schema.optionalKey(Schema.Boolean),
  p_line: Schema.optionalKey(RightsLine),
  contributors: Schema.Array(Contributor).check(Schema.isMaxLength(100)),
  shares: Schema.Array(Share).check(Schema.isMaxLength(100))
})
export type ReleaseTrackDraft = typeof ReleaseTrackDraft.Type

/** Tracks of a release at most. */
export const maxReleaseTracks = 200

/** What is said of a release. A draft may lack whatever stores require; what it lacks stands in its faults. */
export const ReleaseDraft = Schema.Struct({
  kind: ReleaseKind,
  title: name,
  version: Schema.optionalKey(name),
  artists,
  label: Schema.optionalKey(name),
  genre: Schema.optionalKey(nonBlankUpTo(100)),
  language: Schema.optionalKey(code),
  explicit: Schema.optionalKey(Schema.Boolean),
  p_line: Schema.optionalKey(RightsLine),
  c_line: Schema.optionalKey(RightsLine),
  original_release_date: Schema.optionalKey(Day),
  release_date: Schema.optionalKey(Day),
  /** ISO 3166-1 alpha-2, or `WORLD`; the world where none is named. */
  territories: Schema.optionalKey(Schema.Array(textUpTo(10)).check(Schema.isMaxLength(260))),
  upc: Schema.optionalKey(code),
  /** Country and registrant from which codes are made for tracks without an ISRC. */
  isrc_prefix: Schema.optionalKey(code),
  tracks: Schema.Array(ReleaseTrackDraft).check(Schema.isMaxLength(maxReleaseTracks))
})
export type ReleaseDraft = typeof ReleaseDraft.Type

/** What is said of a release, but of its tracks. */
export const ReleaseOutline = Schema.Struct(Struct.omit(ReleaseDraft.fields, ["tracks"]))
export type ReleaseOutline = typeof ReleaseOutline.Type

/** The picture of a release as it was sent, for stores want the original. */
export const ReleaseCover = Schema.Struct({
  storageKey: Schema.String,
  /** SHA-256 in lower-case hexadecimal. */
  contentHash: Schema.String,
  format: Schema.Literals(["jpeg", "png"]),
  width: Schema.Int,
  height: Schema.Int,
  sizeBytes: Schema.Int,
  changedAt: Schema.DateTimeUtc
})
export type ReleaseCover = typeof ReleaseCover.Type

export class Release extends Schema.Class<Release>("Release")({
  id: ReleaseId,
  ownerId: UserId,
  draft: ReleaseDraft,
  cover: Schema.NullOr(ReleaseCover),
  /** Every change makes a new one. */
  revision: Schema.Int,
  firstSubmittedAt: Schema.NullOr(Schema.DateTimeUtc),
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc
}) {}

/** A release in a list: what its tracks say may be a megabyte. */
export type ReleaseListing = Omit<Release, "draft"> & {
  readonly outline: ReleaseOutline
  readonly trackCount: number
}
