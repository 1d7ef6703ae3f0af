import { Effect, Schema } from "effect"
import { stopTrack } from "@veza/domain/distribution"
import { type Consumer, handleAtomically, type Inbox, type Transaction } from "@veza/domain/kernel"
import { TrackEventPayload } from "@veza/domain/tracks"

const decode = Schema.decodeUnknownEffect(TrackEventPayload)

/** Takes what has a deleted or blocked track off the stores. */
export const stopDistribution: Consumer<Inbox | Transaction | Effect.Services<ReturnType<typeof stopTrack>>> = {
  name: "stop-distribution",
  types: ["track.deleted", "track.taken_down"],
  handle: (event) =>
    Effect.flatMap(decode(event.payload), ({ track_id }) => {
      const reason = event.type === "track.deleted" ? "The track was deleted" : "The track is blocked for a claim"
      return handleAtomically("stop-distribution", event, stopTrack(track_id, reason))
    })
}
