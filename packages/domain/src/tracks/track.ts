import { Schema } from "effect"
import { machine, nonBlankUpTo, textUpTo, UserId, Uuid } from "../kernel/index.ts"
import { audioFormats } from "./audio-format.ts"

export const TrackId = Uuid.pipe(Schema.brand("TrackId"))
export type TrackId = typeof TrackId.Type
export const ShareId = Uuid.pipe(Schema.brand("ShareId"))
export type ShareId = typeof ShareId.Type
export const UploadId = Uuid.pipe(Schema.brand("UploadId"))
export type UploadId = typeof UploadId.Type

export const TrackStatus = Schema.Literals(["processing", "ready", "rejected", "failed"])
export type TrackStatus = typeof TrackStatus.Type

/**
 * The life of a track row (20-tracks, 05-decisions "Tracks"). What comes before, `uploading` and `scanning`, belongs to
 * the upload's lease; the row appears when the scan has ended. `ready → rejected`: a late scan found something.
 */
export const trackMachine = machine<TrackStatus>({
  processing: ["ready", "rejected", "failed"],
  ready: ["rejected"],
  rejected: [],
  failed: []
})

export const UploadState = Schema.Literals(["uploading", "scanning", "accepted", "refused"])
export type UploadState = typeof UploadState.Type

/** The life of an upload's lease. */
export const uploadMachine = machine<UploadState>({
  uploading: ["scanning", "refused"],
  scanning: ["accepted", "refused"],
  accepted: [],
  refused: []
})

/** `skipped`: accepted while no scanner was there; to be scanned when one appears. */
export const ScanStatus = Schema.Literals(["clean", "skipped"])
export type ScanStatus = typeof ScanStatus.Type

const year = Schema.Int.check(Schema.isBetween({ minimum: 1860, maximum: 2100 }))
const bpm = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999 }))
/** International Standard Recording Code without hyphens (ISO 3901:2019): country, registrant, year, designation. */
export const Isrc = Schema.String.check(
  Schema.isPattern(/^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$/u, { expected: "an ISRC of 12 characters without hyphens" })
)

/** What an uploader says about a track; it wins over the tags in the file. */
export const TrackMetadata = Schema.Struct({
  title: nonBlankUpTo(200),
  artist: Schema.optionalKey(nonBlankUpTo(200)),
  album: Schema.optionalKey(nonBlankUpTo(200)),
  genre: Schema.optionalKey(nonBlankUpTo(100)),
  year: Schema.optionalKey(year),
  bpm: Schema.optionalKey(bpm),
  musical_key: Schema.optionalKey(nonBlankUpTo(10)),
  tags: Schema.optionalKey(Schema.Array(nonBlankUpTo(50)).check(Schema.isMaxLength(20))),
  lyrics: Schema.optionalKey(textUpTo(20_000)),
  description: Schema.optionalKey(textUpTo(5_000)),
  isrc: Schema.optionalKey(Isrc),
  is_public: Schema.optionalKey(Schema.Boolean),
  downloadable: Schema.optionalKey(Schema.Boolean),
  allow_duplicate: Schema.optionalKey(Schema.Boolean)
})
export type TrackMetadata = typeof TrackMetadata.Type

/** What was learned from the sound itself. */
export const AudioFacts = Schema.Struct({
  durationMs: Schema.Int,
  codec: Schema.NullOr(Schema.String),
  bitrate: Schema.NullOr(Schema.Int),
  sampleRate: Schema.NullOr(Schema.Int),
  channels: Schema.NullOr(Schema.Int),
  lossless: Schema.NullOr(Schema.Boolean)
})
export type AudioFacts = typeof AudioFacts.Type

export class Track extends Schema.Class<Track>("Track")({
  id: TrackId,
  userId: UserId,
  title: Schema.String,
  artist: Schema.NullOr(Schema.String),
  album: Schema.NullOr(Schema.String),
  genre: Schema.NullOr(Schema.String),
  year: Schema.NullOr(Schema.Int),
  bpm: Schema.NullOr(Schema.Int),
  musicalKey: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String),
  lyrics: Schema.NullOr(Schema.String),
  description: Schema.NullOr(Schema.String),
  isrc: Schema.NullOr(Schema.String),
  isPublic: Schema.Boolean,
  downloadable: Schema.Boolean,
  status: TrackStatus,
  statusMessage: Schema.NullOr(Schema.String),
  scanStatus: ScanStatus,
  format: Schema.Literals(["mp3", "flac", "wav", "ogg", "m4a", "aac", "aiff"]),
  sizeBytes: Schema.Int,
  contentHash: Schema.String,
  storageKey: Schema.String,
  ...Schema.Struct(AudioFacts.fields).mapFields((fields) => ({ ...fields, durationMs: Schema.NullOr(Schema.Int) }))
    .fields,
  hasWaveform: Schema.Boolean,
  likeCount: Schema.Int,
  playCount: Schema.Int,
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc
}) {
  get contentType(): string {
    return audioFormats[this.format].contentType
  }
}

/** The key under which a track's file is stored (20-tracks, "Storage port"). */
export const storageKeyOf = (userId: UserId, trackId: TrackId, extension: string): string =>
  `tracks/${userId}/${trackId}.${extension}`
