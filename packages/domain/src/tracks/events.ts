import { Schema } from "effect"
import type { EventContext, EventType, NewEvent } from "../kernel/index.ts"
import { StorageBackend, type Track, TrackId } from "./track.ts"

export const TrackEventPayload = Schema.Struct({ track_id: TrackId, user_id: Schema.String })

const trackEvent =
  (type: EventType) =>
  (track: Track, context: EventContext, more: object = {}): NewEvent => ({
    type,
    aggregate: `track:${track.id}`,
    payload: { track_id: track.id, user_id: track.userId, ...more },
    context
  })

export const trackUploaded = trackEvent("track.uploaded")
export const trackReady = trackEvent("track.ready")
export const trackFailed = trackEvent("track.failed")
/** Names the fields, never what stands in them, but for whether the track is public. */
export const trackUpdated = trackEvent("track.updated")
/** Says where the file lies, for the row is gone. */
export const trackDeleted = (track: Track, context: EventContext, more: object): NewEvent =>
  trackEvent("track.deleted")(track, context, {
    storage_backend: track.storageBackend,
    storage_key: track.storageKey,
    ...more
  })
export const TrackDeletedPayload = Schema.Struct({ storage_backend: StorageBackend, storage_key: Schema.String })
/** A late scan spoke against it; says where the file lies, for it is to go. */
export const trackRejected = (track: Track, context: EventContext, more: object): NewEvent =>
  trackEvent("track.rejected")(track, context, {
    storage_backend: track.storageBackend,
    storage_key: track.storageKey,
    ...more
  })
export const trackShared = trackEvent("track.shared")
export const trackStreamReported = trackEvent("track.stream_reported")
export const trackShareRevoked = trackEvent("track.share_revoked")

/** An infected upload was refused: an audit entry; no track ever existed. */
export const uploadInfected = (
  userId: string,
  uploadId: string,
  signature: string,
  context: EventContext
): NewEvent => ({
  type: "track.upload_infected",
  aggregate: `user:${userId}`,
  payload: { user_id: userId, upload_id: uploadId, signature },
  context
})
