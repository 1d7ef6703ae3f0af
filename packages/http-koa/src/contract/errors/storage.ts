import * as Tracks from "@veza/domain/tracks"
import { row } from "../error-row.ts"
import { retryHeader } from "./parts.ts"

/** The stores of files. */
export const storageErrors = {
  StorageUnavailable: row(
    Tracks.StorageUnavailable,
    503,
    "STORAGE_UNAVAILABLE",
    "Files cannot be stored or read at the moment; please try again",
    { headers: (e) => retryHeader(e.retryAfter) }
  )
} as const
