import { Effect, Metric, Schema } from "effect"
import { type Consumer, handleOnce, type Inbox } from "@veza/domain/kernel"
import { measureLoudness, TrackEventPayload } from "@veza/domain/tracks"

const decode = Schema.decodeUnknownEffect(TrackEventPayload)

const measured = Metric.counter("veza_track_loudness_total", {
  description: "New tracks whose loudness was to be measured, by whether it is known",
  incremental: true
})

/** Measures how loud each new track is. Repeating it is harmless: it comes to the same. */
export const measureLoudnessOfNew: Consumer<Inbox | Effect.Services<ReturnType<typeof measureLoudness>>> = {
  name: "measure-loudness",
  types: ["track.ready"],
  handle: (event) =>
    Effect.flatMap(decode(event.payload), ({ track_id }) =>
      handleOnce(
        "measure-loudness",
        event,
        Effect.flatMap(measureLoudness(track_id), (known) =>
          Metric.update(Metric.withAttributes(measured, { outcome: known ? "known" : "unknown" }), 1)
        )
      )
    )
}
