import { Schema } from "effect"
import { machine, nonBlankUpTo, textUpTo, UserId, Uuid } from "../kernel/index.ts"
import { audioFormats } from "./audio-format.ts"
import { Loudness } from "./loudness.ts"

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

const title = nonBlankUpTo(200)
const name = nonBlankUpTo(200)
const genre = nonBlankUpTo(100)
const musicalKey = nonBlankUpTo(10)
const tags = Schema.optionalKey(Schema.Array(nonBlankUpTo(50)).check(Schema.isMaxLength(20)))
const lyrics = textUpTo(20_000)
const description = textUpTo(5_000)
const flag = Schema.optionalKey(Schema.Boolean)
/** Where a file is stored; each row remembers its own (20-tracks, "Storage port"). */
export const StorageBackend = Schema.Literals(["local", "s3"])
export type StorageBackend = typeof StorageBackend.Type

/** What an uploader says about a track; it wins over the tags in the file. */
export const TrackMetadata = Schema.Struct({
  title,
  artist: Schema.optionalKey(name),
  album: Schema.optionalKey(name),
  genre: Schema.optionalKey(genre),
  year: Schema.optionalKey(year),
  bpm: Schema.optionalKey(bpm),
  musical_key: Schema.optionalKey(musicalKey),
  tags,
  lyrics: Schema.optionalKey(lyrics),
  description: Schema.optionalKey(description),
  isrc: Schema.optionalKey(Isrc),
  is_public: flag,
  downloadable: flag,
  allow_duplicate: flag
})
export type TrackMetadata = typeof TrackMetadata.Type

const clearable = <S extends Schema.Constraint>(field: S) => Schema.optionalKey(Schema.NullOr(field))

/** What an owner changes about a track: an absent key leaves what is there, null clears it. */
export const TrackChange = Schema.Struct({
  title: Schema.optionalKey(title),
  artist: clearable(name),
  album: clearable(name),
  genre: clearable(genre),
  year: clearable(year),
  bpm: clearable(bpm),
  musical_key: clearable(musicalKey),
  tags,
  lyrics: clearable(lyrics),
  description: clearable(description),
  isrc: clearable(Isrc),
  is_public: flag,
  downloadable: flag
})
export type TrackChange = typeof TrackChange.Type

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

/** The picture of a track as it is stored. */
export const Cover = Schema.Struct({
  storageKey: Schema.String,
  contentHash: Schema.String,
  changedAt: Schema.DateTimeUtc
})

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
  storageBackend: StorageBackend,
  storageKey: Schema.String,
  ...Schema.Struct(AudioFacts.fields).mapFields((fields) => ({ ...fields, durationMs: Schema.NullOr(Schema.Int) }))
    .fields,
  hasWaveform: Schema.Boolean,
  /** Since when it is withheld from everybody for a claim of infringement. */
  blockedAt: Schema.NullOr(Schema.DateTimeUtc),
  /** It has renditions for HLS. */
  hlsReady: Schema.Boolean,
  loudness: Schema.NullOr(Loudness),
  cover: Schema.NullOr(Cover),
  likeCount: Schema.Int,
  playCount: Schema.Int,
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc
}) {
  get contentType(): string {
    return audioFormats[this.format].contentType
  }
}

/** The place of a stored file. */
export type TrackPlace = Pick<Track, "storageBackend" | "storageKey">

/** The key under which a track's file is stored (20-tracks, "Storage port"). */
export const storageKeyOf = (userId: UserId, trackId: TrackId, extension: string): string =>
  `tracks/${userId}/${trackId}.${extension}`

/** Letters of a file name at most, its extension left out: file systems hold 255 bytes. */
const maxFileName = 60
/** What file systems and shells do not take in a name, control characters and marks that turn the direction. */
const unfit = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\\/:*?"<>|]+/gu

/** The name under which a track is saved: artist and title, fit for any file system. */
export const fileNameOf = (track: Pick<Track, "artist" | "title" | "format">): string => {
  const told = track.artist === null ? track.title : `${track.artist} - ${track.title}`
  const fit = Array.from(told.normalize("NFC").replaceAll(unfit, " ")).slice(0, maxFileName).join("").trim()
  return `${fit.replace(/^[.\s]+/u, "") || "track"}.${audioFormats[track.format].extensions[0]}`
}

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
const trackKey = new RegExp(`^tracks/(${uuid})/(${uuid})\\.[a-z0-9]{1,8}$`, "u")

/** Whose file a key names, and of which track; undefined where it is no key that `storageKeyOf` makes. */
export const ownerOfStorageKey = (
  storageKey: string
): { readonly userId: UserId; readonly trackId: TrackId } | undefined => {
  const [, userId, trackId] = trackKey.exec(storageKey) ?? []
  return userId === undefined || trackId === undefined
    ? undefined
    : { userId: UserId.make(userId), trackId: TrackId.make(trackId) }
}

/** Is this a key that `storageKeyOf` makes? Whatever else lies in a store is somebody else's. */
export const isTrackKey = (key: string): boolean => trackKey.test(key)
