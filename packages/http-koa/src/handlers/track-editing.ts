import { Effect } from "effect"
import * as Domain from "@veza/domain/tracks"
import { SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { errorTable } from "../contract/errors.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"
import { trackView } from "./track-view.ts"

type Handlers = HandlersOf<typeof Api, Services>["trackEditing"]

const change: Handlers["change"] = Effect.fnUntraced(function* ({ params, payload }) {
  const actor = yield* SignedInActor
  return trackView(yield* Domain.changeTrack(actor, params.id, payload), actor)
})

const remove: Handlers["remove"] = Effect.fnUntraced(function* ({ params }) {
  yield* Domain.deleteTrack(yield* SignedInActor, params.id)
  return { message: "The track is deleted" }
})

const reason = (failure: Domain.DeletionFailure) => {
  const { code, message } = errorTable[failure._tag].render(failure).body.error
  return { code, message }
}

const deleteMany: Handlers["deleteMany"] = Effect.fnUntraced(function* ({ payload }) {
  const outcomes = yield* Domain.deleteTracks(yield* SignedInActor, payload.track_ids)
  return {
    results: outcomes.map(({ id, failure }) => ({
      track_id: id,
      deleted: failure === undefined,
      error: failure === undefined ? null : reason(failure)
    }))
  }
})

export const trackEditing: Handlers = { change, remove, deleteMany }
