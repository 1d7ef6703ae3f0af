import { Effect, Layer } from "effect"
import type { Settings } from "../config.ts"
import type { S3Settings } from "../s3.ts"
import { trackFiles } from "../storage.ts"

/** The object store of the settings, if they name one. */
export const s3Settings = (settings: Settings): S3Settings | undefined => {
  const { S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings
  return bucket === undefined || accessKeyId === undefined || secretAccessKey === undefined
    ? undefined
    : {
        endpoint: settings.S3_ENDPOINT,
        publicEndpoint: settings.S3_PUBLIC_ENDPOINT,
        region: settings.S3_REGION,
        bucket,
        accessKeyId,
        secretAccessKey,
        forcePathStyle: settings.S3_FORCE_PATH_STYLE
      }
}

/** The client is large: only who has an object store loads it. */
export const loadS3 = Effect.promise(() => import("../s3.ts"))

/** Track files where the settings have them; a store that new files do not go to is still read. */
export const storage = (settings: Settings) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const options = {
        root: settings.UPLOAD_DIR,
        cacheSize: settings.AUDIO_CACHE_SIZE,
        backend: settings.TRACK_STORAGE_BACKEND
      }
      const s3 = s3Settings(settings)
      if (s3 === undefined) return trackFiles(options)
      return trackFiles({ ...options, distant: (yield* loadS3).s3TrackStore(s3) })
    })
  )
