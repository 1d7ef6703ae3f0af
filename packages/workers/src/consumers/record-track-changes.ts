import type { Effect } from "effect"
import type { Consumer } from "@veza/domain/kernel"
import { changeTypes, recordChange } from "@veza/domain/tracks"

/** Writes down what happens to tracks. One that comes again is recorded already, by its id. */
export const recordTrackChanges: Consumer<Effect.Services<ReturnType<typeof recordChange>>> = {
  name: "record-track-changes",
  types: changeTypes,
  handle: recordChange
}
