import { Effect, Schema } from "effect"
import { type Consumer, handleAtomically, type Inbox, type Transaction } from "@veza/domain/kernel"
import { TrackEventPayload, wantRenditions } from "@veza/domain/tracks"

const decode = Schema.decodeUnknownEffect(TrackEventPayload)

/** Queues each track that got ready for its renditions: making them takes longer than an event may. */
export const makeRenditions: Consumer<Inbox | Transaction | Effect.Services<ReturnType<typeof wantRenditions>>> = {
  name: "make-renditions",
  types: ["track.ready"],
  handle: (event) =>
    Effect.flatMap(decode(event.payload), ({ track_id }) =>
      handleAtomically("make-renditions", event, wantRenditions(track_id))
    )
}
