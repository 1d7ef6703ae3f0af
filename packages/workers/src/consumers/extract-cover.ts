import { Effect, Metric, Schema } from "effect"
import { type Consumer, handleOnce, type Inbox } from "@veza/domain/kernel"
import { extractCover, TrackEventPayload } from "@veza/domain/tracks"

const decode = Schema.decodeUnknownEffect(TrackEventPayload)

const looked = Metric.counter("veza_track_covers_total", {
  description: "Looks for a cover in a new track's file, by outcome",
  incremental: true
})

/** Shows the picture inside each new track's file. Repeating it is harmless: only the first cover is put in place. */
export const extractCovers: Consumer<Inbox | Effect.Services<ReturnType<typeof extractCover>>> = {
  name: "extract-cover",
  types: ["track.ready"],
  handle: (event) =>
    Effect.flatMap(decode(event.payload), ({ track_id }) =>
      handleOnce(
        "extract-cover",
        event,
        Effect.flatMap(extractCover(track_id), (outcome) =>
          Metric.update(Metric.withAttributes(looked, { outcome }), 1)
        )
      )
    )
}
