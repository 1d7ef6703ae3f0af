import * as Tracks from "@veza/domain/tracks"
import { row } from "../error-row.ts"

/** Playing over HLS. */
export const hlsErrors = {
  RenditionsUnavailable: row(
    Tracks.RenditionsUnavailable,
    404,
    "HLS_UNAVAILABLE",
    "This is not available over HLS; play the track's stream"
  )
} as const
