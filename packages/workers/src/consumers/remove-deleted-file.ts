import { Effect, Schema } from "effect"
import { type Consumer, handleOnce, type Inbox } from "@veza/domain/kernel"
import { removeDeletedFile, TrackDeletedPayload } from "@veza/domain/tracks"

const decode = Schema.decodeUnknownEffect(TrackDeletedPayload)

/** Removes the file of each deleted track, and of those that a late scan spoke against. */
export const removeFileOfDeleted: Consumer<Inbox | Effect.Services<ReturnType<typeof removeDeletedFile>>> = {
  name: "remove-deleted-file",
  types: ["track.deleted", "track.rejected"],
  handle: (event) =>
    Effect.flatMap(decode(event.payload), ({ storage_backend, storage_key }) =>
      handleOnce(
        "remove-deleted-file",
        event,
        removeDeletedFile({ storageBackend: storage_backend, storageKey: storage_key })
      )
    )
}
