import { DateTime, Effect } from "effect"
import {
  type Eraser,
  exportedTime,
  ExportSettings,
  inPages,
  type PersonalDataSection,
  type PersonalRow
} from "../accounts/index.ts"
import { removeDeletedFile } from "./delete-track.ts"
import { type LikeRecord, type ShareRecord, TrackErasure, TrackRecords } from "./erasure-ports.ts"
import { RenditionFiles } from "./hls/ports.ts"
import { TrackFiles, Tracks } from "./ports.ts"
import { type ResumableUpload, ResumableUploads } from "./resumable-ports.ts"
import type { Track, TrackPlace } from "./track.ts"

const trackRow =
  (frontendUrl: string) =>
  (track: Track): PersonalRow => ({
    id: track.id,
    title: track.title,
    artist: track.artist,
    album: track.album,
    genre: track.genre,
    year: track.year,
    bpm: track.bpm,
    musical_key: track.musicalKey,
    tags: track.tags,
    lyrics: track.lyrics,
    description: track.description,
    isrc: track.isrc,
    is_public: track.isPublic,
    downloadable: track.downloadable,
    status: track.status,
    status_message: track.statusMessage,
    scan_status: track.scanStatus,
    content_type: track.contentType,
    size_bytes: track.sizeBytes,
    sha256: track.contentHash,
    duration: track.durationMs === null ? null : track.durationMs / 1000,
    codec: track.codec,
    bitrate: track.bitrate,
    sample_rate: track.sampleRate,
    channels: track.channels,
    lossless: track.lossless,
    integrated_lufs: track.loudness?.integrated ?? null,
    range_lu: track.loudness?.range ?? null,
    true_peak_dbtp: track.loudness?.truePeak ?? null,
    blocked_at: exportedTime(track.blockedAt),
    like_count: track.likeCount,
    play_count: track.playCount,
    hls_ready: track.hlsReady,
    created_at: DateTime.formatIso(track.createdAt),
    updated_at: DateTime.formatIso(track.updatedAt),
    page: `${frontendUrl}/tracks/${track.id}`,
    audio: `/api/v1/tracks/${track.id}/stream`,
    cover: track.cover === null ? null : `/api/v1/tracks/${track.id}/cover`
  })

const likeRow = ({ trackId, title, likedAt }: LikeRecord): PersonalRow => ({
  track_id: trackId,
  title,
  liked_at: DateTime.formatIso(likedAt)
})

const shareRow = (share: ShareRecord): PersonalRow => ({
  id: share.id,
  track_id: share.trackId,
  permission: share.permission,
  created_at: DateTime.formatIso(share.createdAt),
  expires_at: share.expiresAt === undefined ? null : DateTime.formatIso(share.expiresAt),
  revoked_at: share.revokedAt === undefined ? null : DateTime.formatIso(share.revokedAt)
})

const uploadRow = (upload: ResumableUpload): PersonalRow => ({
  id: upload.id,
  file_name: upload.fileName,
  title: upload.metadata.title,
  metadata: JSON.stringify(upload.metadata),
  length: upload.length,
  received: upload.received,
  expires_at: DateTime.formatIso(upload.expiresAt)
})

const trackColumns =
  "id title artist album genre year bpm musical_key tags lyrics description isrc is_public downloadable status status_message scan_status content_type size_bytes sha256 duration codec bitrate sample_rate channels lossless integrated_lufs range_lu true_peak_dbtp blocked_at like_count play_count hls_ready created_at updated_at page audio cover"

/** What tracks hold about somebody. The sound itself is linked to: archives stay small, and the files are theirs anyway. */
export const trackSections = Effect.gen(function* () {
  const records = yield* TrackRecords
  const uploads = yield* ResumableUploads
  const { frontendUrl } = yield* ExportSettings
  const sections: ReadonlyArray<PersonalDataSection> = [
    {
      name: "tracks",
      about: "the tracks you uploaded; “page” leads to a track, “audio” and “cover” are paths at the API",
      columns: trackColumns.split(" "),
      rows: inPages(records.tracks, trackRow(frontendUrl))
    },
    {
      name: "likes",
      about: "the tracks you like",
      columns: ["track_id", "title", "liked_at"],
      rows: inPages(records.likes, likeRow)
    },
    {
      name: "share_links",
      about: "the links you made to share tracks, without their secrets",
      columns: ["id", "track_id", "permission", "created_at", "expires_at", "revoked_at"],
      rows: inPages(records.shares, shareRow)
    },
    {
      name: "uploads",
      about: "resumable uploads that have not ended yet, or did within the last day",
      columns: ["id", "file_name", "title", "metadata", "length", "received", "expires_at"],
      rows: inPages(uploads.of, uploadRow)
    }
  ]
  return sections
})

/** Files removed between two looks at the list. */
const batch = 200

/** What tracks do when an account is deleted: uploads are refused, rows and links go at once, files and likes later. */
export const trackEraser = Effect.gen(function* () {
  const erasure = yield* TrackErasure
  const files = yield* TrackFiles
  const renditions = yield* RenditionFiles
  const tracks = yield* Tracks
  const removeFile = (place: TrackPlace) =>
    removeDeletedFile(place).pipe(
      Effect.provideService(TrackErasure, erasure),
      Effect.provideService(TrackFiles, files),
      Effect.provideService(RenditionFiles, renditions),
      Effect.provideService(Tracks, tracks)
    )
  const eraser: Eraser = {
    atOnce: Effect.fnUntraced(function* ({ userId, keepPublicTracks, at }) {
      yield* erasure.refuseUploads(userId)
      yield* erasure.revokeShares(userId, at)
      yield* erasure.removeTracks(userId, keepPublicTracks, at)
    }),
    afterwards: Effect.fnUntraced(function* (userId) {
      let places: ReadonlyArray<TrackPlace>
      do {
        places = yield* erasure.removedFiles(userId, batch)
        // A store that is away fails the delivery of the event, which is repeated.
        yield* Effect.orDie(Effect.forEach(places, removeFile, { discard: true }))
      } while (places.length === batch)
    }),
    finally: erasure.forgetTraces
  }
  return eraser
})
