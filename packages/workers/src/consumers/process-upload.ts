import { Effect, Schema } from "effect"
import { type Consumer, handleOnce, type Inbox } from "@veza/domain/kernel"
import { processTrack, TrackEventPayload } from "@veza/domain/tracks"

const decode = Schema.decodeUnknownEffect(TrackEventPayload)

/** Sets to work on each new track. Repeating it is harmless: the row only moves out of `processing`. */
export const processUpload: Consumer<Inbox | Effect.Services<ReturnType<typeof processTrack>>> = {
  name: "process-upload",
  types: ["track.uploaded"],
  handle: (event) =>
    Effect.flatMap(decode(event.payload), ({ track_id }) =>
      handleOnce("process-upload", event, processTrack(track_id, event.context))
    )
}
