import { type Actor, ownsOrAdministers } from "@veza/domain/kernel"
import type * as Domain from "@veza/domain/tracks"
import type { TrackView } from "../contract/tracks.ts"

/** Names the content, so that a cache may keep it for long. */
export const coverUrl = ({ id, cover }: Pick<Domain.Track, "id" | "cover">): string | null =>
  cover === null ? null : `/api/v1/tracks/${id}/cover?v=${cover.contentHash.slice(0, 16)}`

/** A track as this caller may read it: how it fared in scanning and processing is for its owner and administrators. */
export const trackView = (track: Domain.Track, actor: Actor): TrackView => ({
  id: track.id,
  user_id: track.userId,
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
  ...(ownsOrAdministers(actor, track.userId)
    ? { status_message: track.statusMessage, scan_status: track.scanStatus }
    : {}),
  content_type: track.contentType,
  size_bytes: track.sizeBytes,
  duration: track.durationMs === null ? null : track.durationMs / 1000,
  codec: track.codec,
  bitrate: track.bitrate,
  sample_rate: track.sampleRate,
  channels: track.channels,
  lossless: track.lossless,
  has_waveform: track.hasWaveform,
  hls_ready: track.hlsReady,
  loudness: track.loudness && {
    integrated_lufs: track.loudness.integrated,
    range_lu: track.loudness.range,
    true_peak_dbtp: track.loudness.truePeak
  },
  has_cover: track.cover !== null,
  cover_url: coverUrl(track),
  like_count: track.likeCount,
  play_count: track.playCount,
  created_at: track.createdAt,
  updated_at: track.updatedAt
})
