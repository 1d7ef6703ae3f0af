import { DateTime, Effect } from "effect"
import type { TrackId } from "../track.ts"
import { HlsSettings, RenditionBuilds } from "./ports.ts"

const batch = 500

/** A track got ready: where HLS is on, its renditions are wanted. */
export const wantRenditions = Effect.fnUntraced(function* (id: TrackId) {
  if ((yield* HlsSettings).streaming) yield* (yield* RenditionBuilds).want(id, yield* DateTime.now)
})

/** Asks for the renditions of every ready track that has none; with `again` also of those that were given up. */
export const wantMissingRenditions = Effect.fn("tracks.wantMissingRenditions")(function* (again: boolean) {
  const builds = yield* RenditionBuilds
  const at = yield* DateTime.now
  let wanted = again ? yield* builds.wantFailed(at) : 0
  let after: TrackId | undefined
  do {
    const { added, last } = yield* builds.wantMissing(after, at, batch)
    wanted += added
    after = last
  } while (after !== undefined)
  return wanted
})
